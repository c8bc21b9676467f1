# The newcomer's two commands are `make run` and `make test`; `make help` lists the others.
# Everything is installed into .venv; nothing outside this folder is changed.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

REPO ?= $(CURDIR)
export REPO
VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do if $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then echo $$p; break; fi; done)
PIP := $(PY) -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: help setup run test check lint format bench bench-history bench-quality docs assets clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(VENV)/runtime assets ## Install what running needs: packages, scripts and styles

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "GitInsight needs Python 3.11, 3.12 or 3.13: install one, or name one with make PYTHON=/path/to/python"; exit 1; }
	@command -v git >/dev/null || { echo "GitInsight needs git 2.37 or newer on PATH."; exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is missing: on Debian and Ubuntu install python3-venv."; exit 1; }

$(VENV)/runtime: $(VENV)/bin/python setup.cfg constraints.txt
	@echo "Installing the packages (about 300 MB the first time)"
	@$(PIP) --editable '.[postgres]'
	@touch $@

$(VENV)/test: $(VENV)/runtime
	@echo "Installing the packages for tests"
	@$(PIP) --editable '.[postgres,test]'
	@touch $@

$(VENV)/bench: $(VENV)/test
	@echo "Installing the tools that benchmarks compare with"
	@$(PIP) --editable '.[postgres,test,bench]'
	@touch $@

assets: $(VENV)/runtime ## Build the pages' scripts and styles
	@$(PY) -m gitinsight.web.assets build

run: setup ## Analyse REPO (a path or URL, default this checkout) and open the dashboard: make run REPO=...
	@exec $(PY) -m gitinsight up --repo "$$REPO"

test: setup $(VENV)/test ## Run the tests
	@$(PY) -m pytest $(PYTEST_ARGS)

lint: $(VENV)/test ## Check format, style and types
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy

check: lint ## Everything that has to pass before a change lands
	@$(MAKE) --no-print-directory test PYTEST_ARGS="--cov --cov-report=term:skip-covered"

format: $(VENV)/test ## Put the source into the common form
	@$(VENV)/bin/ruff check --fix-only --quiet . && $(VENV)/bin/ruff format .

docs: $(VENV)/runtime ## Write the generated parts of the documentation again
	@$(PY) docs/generate.py

bench: setup $(VENV)/test ## Measure the figures that docs/performance.md promises
	@$(PY) -m benchmarks $(BENCH_ARGS)

bench-history: setup $(VENV)/bench ## Measure reading a history beside git and other tools, as BENCH_ARGS="PATH --verify"
	@$(PY) -m benchmarks.history $(BENCH_ARGS)

bench-quality: setup $(VENV)/test ## Measure parsing beside lizard, radon and others: BENCH_ARGS="[--json] PATH ..."
	@$(PY) -m benchmarks.quality $(BENCH_ARGS)

clean: ## Remove what was built; analyses in instance/ stay
	rm -rf $(VENV) node_modules build dist *.egg-info gitinsight/static/vendor .pytest_cache .mypy_cache .ruff_cache
