# make demo   train a tagger on data/sample and tag input.txt
# make serve  answer over HTTP, with a page, by the newest model (docs/Serving.md)
# make tag-only   install what tags, without TensorFlow (docs/Tagging_Only.md)
# make install-search   add what `tagger search` needs (docs/Searching.md)
# make install-ray   add what `--cluster` needs (docs/Clusters.md)
# make test   run the tests          make lint   check style and format
# make bench  compare the speed with other taggers (TAGGER_DATA names the data's folder)
# make test-all   lint and test on each supported Python that this machine has
# make test-keras3   run the core's tests with Keras 3 (Python 3.12 and newer)
# make lock   write the lists of exact versions anew
# make docs   write the API reference, made from the docstrings, to docs/api/
# make load   measure the service under load, and compare every answer
# make kill   kill training runs at random moments and resume them
# make fuzz   throw 10,000 malformed files at everything that reads files
# make test-ray   train on a small Ray cluster, and kill parts of it
# make test-label-studio, make test-doccano   try the real tools beside the service
# make storm  throw 10,000 malformed requests at the service, and use and kill it
SHELL := /bin/bash
VENV := .venv
PYTHON := $(VENV)/bin/python
# Files are compiled when they are first used, most of them never, and stay compiled:
# some machines forbid it, and TensorFlow then takes three times as long to start.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(PYTHON) -m pip install --quiet --disable-pip-version-check --use-pep517 \
  --no-compile
LOCK := $(VENV)/bin/uv --no-config pip compile --quiet --universal \
  --python-version 3.9 --generate-hashes --no-annotate --custom-compile-command "make lock"
# Test files run in this many processes at once; TESTS names some of them.
WORKERS := 2
TESTS :=
# Flags of `make test-ray`.
RAY :=
# The other taggers need PyTorch, so `make bench` puts them into their own environment.
BENCH_VENV := .venv-bench
# Its flags, such as BENCH="--also .venv-3.13/bin/python" for a second environment.
BENCH :=
# Flags of `make load`, such as LOAD="--seconds 60".
LOAD :=
# Flags of `make storm`, such as STORM="--requests 1000 --minutes 1".
STORM :=
# What only tags has no TensorFlow, and an environment without it.
TAG_VENV := .venv-tag
# The service needs what tags, and FastAPI. Its flags: make serve SERVE="--port 8080".
SERVE_VENV := .venv-serve
SERVE :=
BENCH_PIP := $(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo serve load tag-only install-search install-ray test test-all test-keras3 \
  lint lock format bench docs kill fuzz storm test-ray test-label-studio test-doccano clean

demo: $(VENV)/.run
	$(PYTHON) -m tagger demo

tag-only:
	@python=$$(.ci/pythons $(BASE_PYTHON)) && "$$python" -m venv $(TAG_VENV)
	$(TAG_VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --no-compile --require-hashes -r requirements-tag.lock
	$(TAG_VENV)/bin/python -m tagger --version

# Without a model it trains the sample first, which takes TensorFlow.
serve: $(SERVE_VENV)/.run
	@ls models/*.h5 > /dev/null 2>&1 || $(MAKE) --no-print-directory demo
	$(SERVE_VENV)/bin/python -m tagger serve $(SERVE)

# Searching needs what trains, and Optuna.
install-search: $(VENV)/bin/python requirements-search.lock
	$(PIP) --require-hashes -r requirements-search.lock

# A cluster needs what trains and searches, and Ray.
install-ray: $(VENV)/bin/python requirements-ray.lock
	$(PIP) --require-hashes -r requirements-ray.lock

load: $(VENV)/.dev
	$(PYTHON) benchmarks/load.py $(LOAD)

$(SERVE_VENV)/.run: requirements-serve.lock
	@python=$$(.ci/pythons $(BASE_PYTHON)) && "$$python" -m venv $(SERVE_VENV)
	$(SERVE_VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --no-compile --require-hashes -r requirements-serve.lock
	@touch $@

test: $(VENV)/.dev
	$(PYTHON) -m pytest -q -n $(WORKERS) --dist loadfile $(TESTS)

# The core with native Keras 3 instead of tf-keras: ready for the day that ends.
test-keras3: $(VENV)/.dev
	TAGGER_KERAS=3 $(MAKE) test TESTS="tests/neuralnets/keraslayers \
	  tests/neuralnets/storage/test_modelfile.py tests/neuralnets/storage/test_oldmodel.py \
	  tests/neuralnets/tagging tests/neuralnets/training \
	  tests/neuralnets/test_bilstm.py tests/neuralnets/test_heads.py"

# A Ray cluster of two nodes on this machine, which loses parts; RAY="-k three" is short.
test-ray: $(VENV)/.dev install-ray
	$(PYTHON) -m pytest -q -m ray tests/tagger/*/test_*cluster.py $(RAY)

# Real annotation tools, each in an environment of its own.
test-label-studio: $(VENV)/.dev
	@python=$$(.ci/pythons $(BASE_PYTHON)) && "$$python" -m venv .venv-label-studio
	.venv-label-studio/bin/python -m pip install --quiet --disable-pip-version-check \
	  label-studio==1.23.2
	@ls models/*.h5 > /dev/null 2>&1 || $(MAKE) --no-print-directory demo
	$(PYTHON) tests/realtools/label_studio.py .venv-label-studio/bin/label-studio

# It was made for older Pythons, so it gets the oldest.
test-doccano: $(VENV)/.dev
	@python=$$(.ci/pythons --all 2> /dev/null | tail -n 1) && \
	  "$${python}" -m venv .venv-doccano
	.venv-doccano/bin/python -m pip install --quiet --disable-pip-version-check \
	  doccano==1.8.4 "marshmallow<4" "numpy<2" "setuptools<81"
	@ls models/*.h5 > /dev/null 2>&1 || $(MAKE) --no-print-directory demo
	$(PYTHON) tests/realtools/doccano.py .venv-doccano

test-all:
	.ci/test-all

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

bench: $(VENV)/.run $(BENCH_VENV)/.run
	$(PYTHON) benchmarks/run.py $(BENCH)

# What programs import; the other modules are the project's own.
API := neuralnets.BiLSTM neuralnets.ELMoBiLSTM neuralnets.ELMoWordEmbeddings \
  neuralnets.tagging.tagger neuralnets.hyperparameters \
  neuralnets.keraslayers.ChainCRF neuralnets.keraslayers.crf \
  util.preprocessing util.CoNLL util.WordEmbeddings util.BIOF1Validation util.tagschemes

docs: $(VENV)/.dev
	PDOC_ALLOW_EXEC=1 $(PYTHON) -m pdoc --docformat google --output-directory docs/api $(API)

kill: $(VENV)/.run
	$(PYTHON) tests/reliability/kill.py

fuzz: $(VENV)/.run
	$(PYTHON) tests/fuzz/fuzz.py

storm: $(VENV)/.dev
	$(PYTHON) tests/fuzz/storm.py $(STORM)

format: $(VENV)/.dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# The newest supported Python, unless `make test BASE_PYTHON=/path/to/python` names one.
BASE_PYTHON :=

$(VENV)/bin/python:
	@python=$$(.ci/pythons $(BASE_PYTHON)) && \
	  echo "Creating $(VENV) with $$("$$python" --version): $$python" && \
	  "$$python" -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python requirements.lock
	$(PIP) --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements-dev.lock
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/.run

# The locks name every file that may be installed, on every supported Python. Write
# them anew after a change of the requirements, or to take newer releases in.
lock: $(VENV)/bin/python
	$(PIP) uv
	$(LOCK) requirements.txt --output-file requirements.lock
	$(LOCK) requirements-dev.txt --constraints requirements.lock \
	  --output-file requirements-dev.lock
	$(LOCK) requirements.txt requirements-search.txt --constraints requirements.lock \
	  --output-file requirements-search.lock
	$(LOCK) requirements.txt requirements-search.txt requirements-ray.txt \
	  --constraints requirements-dev.lock --output-file requirements-ray.lock
	$(LOCK) requirements-tag.txt --output-file requirements-tag.lock
	$(LOCK) requirements-tag.txt requirements-serve.txt --constraints requirements-tag.lock \
	  --output-file requirements-serve.lock

$(BENCH_VENV)/.run: $(VENV)/bin/python benchmarks/requirements.txt \
  benchmarks/requirements-no-deps.txt
	test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_PIP) "$$(grep '^torch==' benchmarks/requirements.txt)"
	$(BENCH_PIP) -r benchmarks/requirements.txt
	$(BENCH_PIP) --no-deps -r benchmarks/requirements-no-deps.txt
	@touch $@

clean:
	rm -rf $(VENV) .venv-3.* $(TAG_VENV) $(BENCH_VENV) $(SERVE_VENV) docs/api fuzz-failures .pytest_cache .ruff_cache .hypothesis
