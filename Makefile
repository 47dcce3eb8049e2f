# make demo   train a tagger on data/sample and tag input.txt
# make test   run the tests          make lint   check style and format
# make bench  compare the speed with other taggers (TAGGER_DATA names the data's folder)
# make kill   kill training runs at random moments and resume them
# make fuzz   throw 10,000 malformed files at everything that reads files
SHELL := /bin/bash
VENV := .venv
PYTHON := $(VENV)/bin/python
# The other taggers need PyTorch, so they live in an environment of their own.
BENCH_VENV := .venv-bench
BENCH_PIP := $(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test lint format bench kill fuzz clean

demo: $(VENV)/.run
	$(PYTHON) -m tagger demo

test: $(VENV)/.dev
	$(PYTHON) -m pytest -q

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

bench: $(VENV)/.run $(BENCH_VENV)/.run
	$(PYTHON) benchmarks/run.py

kill: $(VENV)/.run
	$(PYTHON) tests/reliability/kill.py

fuzz: $(VENV)/.run
	$(PYTHON) tests/fuzz/fuzz.py

format: $(VENV)/.dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# The first of these that is a supported Python and can make a virtual environment;
# `make test BASE_PYTHON=/path/to/python` names one.
BASE_PYTHON := python3.11 python3.10 python3.9 python3 python
SUPPORTED := import sys, ensurepip; sys.exit(not (3, 9) <= sys.version_info[:2] <= (3, 11))

$(VENV)/bin/python:
	@for python in $(BASE_PYTHON); do \
	  if "$$python" -c '$(SUPPORTED)' 2> /dev/null; then \
	    echo "Creating $(VENV) with $$("$$python" --version)"; \
	    "$$python" -m venv $(VENV) && exit 0; \
	  fi; \
	done; \
	echo "No supported Python with venv found: install Python 3.9, 3.10 or 3.11" \
	  "(tried: $(BASE_PYTHON))." >&2; exit 1

$(VENV)/.run: $(VENV)/bin/python requirements.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements.txt requirements-dev.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.run

$(BENCH_VENV)/.run: $(VENV)/bin/python benchmarks/requirements.txt
	test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_PIP) "$$(grep '^torch==' benchmarks/requirements.txt)"
	$(BENCH_PIP) -r benchmarks/requirements.txt
	@touch $@

clean:
	rm -rf $(VENV) $(BENCH_VENV) fuzz-failures .pytest_cache .ruff_cache .hypothesis
