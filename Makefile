# Needs Python 3.11 or newer with pip, and make. Every target sets itself up; a second run needs no network.
#   make demo   grade the demo hand-ins: OUT=folder       make test       the quick tests of the grader
#   make lint   ruff, mypy, drift of generated files      make test-all   all tests, notebooks, calibration
#   make bench  measure the grader                        make lock       renew requirements*.txt: UPGRADE=--upgrade
#   make setup  everything that the others install        make clean      back to a clean checkout
# PYTHON=… picks the interpreter, VENV=… (on the command line) another environment, JOBS=… the test processes.

VENV := .venv
OUT ?= demo-results
JOBS ?= 2
UPGRADE ?=
PYTHONS = $(or $(PYTHON),python3.13 python3.12 python3.11 python3)
BIN = $(VENV)/bin
UV = uv==0.13.8

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow test-all lint bench clean lock

help:
	@sed -n '2,/^$$/s/^# *//p' Makefile

# Sets $$python to the first candidate that runs (a pyenv shim may not) and is new enough.
FIND_PYTHON = \
	for python in $(PYTHONS) none; do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	done; \
	if [ "$$python" = none ]; then \
	  echo "No Python 3.11 or newer found (tried: $(PYTHONS)). Install one, or say where it is: make PYTHON=/path/to/python3" >&2; \
	  exit 1; \
	fi

# The environment is made without pip, because ensurepip may be missing (Debian); pip 22.3 or newer installs into it
# from outside. A Python without such a pip needs its ensurepip.
FIND_PIP = \
	if "$$python" -c 'import pip, sys; sys.exit([int(n) for n in pip.__version__.split(".")[:2]] < [22, 3])' 2>/dev/null; then \
	  pip() { "$$python" -m pip --python $(BIN)/python "$$@"; }; \
	elif $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null 2>&1; then \
	  pip() { $(BIN)/python -m pip "$$@"; }; \
	else \
	  echo "$$python has no pip 22.3 or newer. Install it (Debian: apt-get install python3-pip) and run make again." >&2; \
	  exit 1; \
	fi

# An environment that runs is kept, whatever its Python; anything else in its place is replaced.
INSTALL = @set -e; \
	$(FIND_PYTHON); \
	if ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  echo "Making $(VENV) with $$("$$python" --version)"; \
	  "$$python" -m venv --without-pip --clear $(VENV); \
	fi; \
	$(FIND_PIP); \
	export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_REQUIRE_VIRTUALENV=0; \
	echo "Installing $<"; \
	pip install --quiet --require-hashes -r $<; \
	pip install --quiet --no-deps --no-build-isolation -e .

$(VENV)/.stamp-demo: requirements.txt pyproject.toml
	$(INSTALL)
	@touch $@

# requirements-dev.txt holds all of requirements.txt.
$(VENV)/.stamp-dev: requirements-dev.txt requirements.txt pyproject.toml
	$(INSTALL)
	@touch $@ $(VENV)/.stamp-demo

setup: $(VENV)/.stamp-dev

demo: $(VENV)/.stamp-demo
	$(BIN)/backprop demo -o $(OUT)
	@echo "Open the report: $(OUT)/report/index.html"

test: $(VENV)/.stamp-dev
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow"

# What test-all adds to test: the slow tests (they run the notebooks too), then every known mistake.
test-slow: $(VENV)/.stamp-dev
	$(BIN)/python -m pytest -n $(JOBS) -m slow
	$(BIN)/backprop calibrate --jobs $(JOBS)

test-all: test
	@$(MAKE) --no-print-directory test-slow VENV=$(VENV)

lint: $(VENV)/.stamp-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/backprop sync --check

bench: $(VENV)/.stamp-dev
	$(BIN)/python tests/benchmarks/run.py
	$(BIN)/python -m pytest -q -rs tests/benchmarks  # the reference against PyTorch, where that is installed

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist demo-results *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

LOCK = $$tmp/bin/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" $(UPGRADE)

# Keeps the pins that still fit. One NumPy for every Python; hashes of all wheels and source archives; no host.
lock:
	@set -e; \
	$(FIND_PYTHON); \
	tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	"$$python" -m venv --without-pip "$$tmp"; \
	"$$python" -m pip --python "$$tmp/bin/python" install --quiet --disable-pip-version-check $(UV); \
	$(LOCK) --extra grader --group build -o requirements.txt; \
	$(LOCK) -c requirements.txt --extra grader --extra dev --group build -o requirements-dev.txt
