# make demo   train a tagger on data/sample and tag input.txt
# make test   run the tests          make lint   check style and format
SHELL := /bin/bash
VENV := .venv
PYTHON := $(VENV)/bin/python

.PHONY: demo test lint format clean

demo: $(VENV)/.run
	$(PYTHON) demo.py

test: $(VENV)/.dev
	$(PYTHON) -m pytest -q

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

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

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
