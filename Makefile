# Everything is done in a virtual environment of the project's own. Needed beforehand: Python 3.11 or newer with venv, and make.
#   make demo        draft the demo incident        make test        run the tests
#   make             list all targets
# Settings, as in `make test PYTHON=python3.12 JOBS=4`:
PYTHON ?= python3
VENV   ?= .venv
JOBS   ?= 2
# What the tests run against: `editable` (this tree) or `wheel` (what users get).
INSTALL ?= editable
PYTEST_ARGS ?=
UV     ?= uv
# What `make mutants` changes, and the tests that are to notice.
MODULES ?= src/pm_autofill/analyse/overall.py
TESTS   ?= tests/unit/analyse

BIN   := $(VENV)/bin
STAMP := $(VENV)/.stamps
PIP   := $(BIN)/python -m pip --disable-pip-version-check
# Wheels only, with one exception: urllib3-future is built here, because its own wheel overwrites urllib3 (docs/decisions/0005).
LOCKED := install --quiet --require-hashes --no-build-isolation --only-binary :all: --no-binary urllib3-future
export URLLIB3_NO_OVERRIDE := 1
# An editable install leads back to this tree, so only its entry points and version can go stale.
PACKAGED = $(shell find src templates config fixtures -type f -not -name '*.pyc' -not -path '*/__pycache__/*')

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo record-demo test test-full mutants coverage check lint format format-check types imports docstrings lock wheel engines clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(STAMP)/editable ## draft the demo incident, and say where
	@draft=$$($(BIN)/pm-autofill demo); status=$$?; \
	if [ -n "$$draft" ]; then echo "The draft: $$draft"; fi; \
	exit $$status

record-demo: $(STAMP)/dev $(STAMP)/editable engines ## record the demo incident anew
	$(BIN)/python -m fixtures.record_demo

test: $(STAMP)/dev $(STAMP)/$(INSTALL) engines ## run the tests (INSTALL=wheel: against the built wheel)
	PM_AUTOFILL_INSTALL=$(INSTALL) $(BIN)/pytest -n $(JOBS) -m "not long" $(PYTEST_ARGS)

test-full: $(STAMP)/dev $(STAMP)/$(INSTALL) engines ## run the tests, and those that take minutes
	PM_AUTOFILL_INSTALL=$(INSTALL) $(BIN)/pytest -n $(JOBS) $(PYTEST_ARGS)

mutants: $(STAMP)/dev $(STAMP)/editable ## make small mistakes in MODULES and tell which TESTS do not notice (minutes each)
	JOBS=$(JOBS) .ci/mutants $(abspath $(BIN))/python "$(MODULES)" "$(TESTS)"

coverage: $(STAMP)/dev $(STAMP)/editable engines ## run the tests and show what they leave out
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -m "not long" $(PYTEST_ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: lint format-check types imports docstrings ## all that can be said without running the program

lint: $(STAMP)/dev ## ruff
	$(BIN)/ruff check .

format: $(STAMP)/dev ## rewrite the code in the house's format
	$(BIN)/ruff check --fix-only --select I .
	$(BIN)/ruff format .

format-check: $(STAMP)/dev
	$(BIN)/ruff format --check .

types: $(STAMP)/dev ## mypy, strict
	$(BIN)/mypy

imports: $(STAMP)/dev ## who may import whom
	PYTHONPATH=src $(BIN)/lint-imports --no-logo

docstrings: $(STAMP)/dev
	$(BIN)/interrogate --quiet src

lock: ## resolve the locks anew with uv; UPGRADE=1 takes newer versions
	.ci/lock $(UV)

wheel: dist/.built ## build the sdist, and the wheel from it

engines: ## on Debian as root: install Prometheus, VictoriaMetrics, shellcheck and strace
	@.ci/engines

clean: ## remove what was built; the virtual environment stays
	rm -rf dist build .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# ---------------------------------------------------------------- the virtual environment

$(STAMP)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "pm-autofill needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMP) && touch $@

$(STAMP)/runtime: $(STAMP)/venv requirements/build.txt requirements/runtime.txt
	@echo "Installing what the program needs (once, about half a minute)"
	@$(PIP) $(LOCKED) -r requirements/build.txt
	@$(PIP) $(LOCKED) -r requirements/runtime.txt
	@touch $@

$(STAMP)/dev: $(STAMP)/runtime requirements/dev.txt
	@echo "Installing what the tests need (once)"
	@$(PIP) $(LOCKED) -r requirements/dev.txt
	@touch $@

$(STAMP)/editable: $(STAMP)/runtime pyproject.toml
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@rm -f $(STAMP)/wheel && touch $@

$(STAMP)/wheel: $(STAMP)/dev dist/.built
	@$(PIP) install --quiet --no-deps --force-reinstall dist/*.whl
	@rm -f $(STAMP)/editable && touch $@

dist/.built: $(STAMP)/dev pyproject.toml README.md LICENSE $(PACKAGED)
	@rm -rf dist
	$(BIN)/python -m build --no-isolation
	@touch $@
