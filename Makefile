# One command each; `make` alone prints this list. Needs Python 3.11 or newer, make and a C compiler.
# Choose another interpreter with `make setup PYTHON=/path/to/python3.13`.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
# Twice quiet: the locks decide what is installed, so a warning of pip has nothing to decide; errors are still shown.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet install
# A lock names every package there is to install. Left to look for more, pip takes a package that another one asks for
# with an extra (`coverage[toml]`) in its newest version, finds no hash of that, and gives up. `make lint` sees what lacks.
FROM_LOCK := $(PIP) --no-deps --require-hashes --requirement
# One more than cores: tests of time-outs, kills and long runs spend much of their time waiting.
WORKERS ?= 3
MYPY_PATHS := engagebot connectors benchmarks docs/generate.py tests
# Each stamp is newer than what it was made from, or the step runs again.
ENV_STAMP := $(VENV)/.stamp-env
RUN_STAMP := $(VENV)/.stamp-run
DEV_STAMP := $(VENV)/.stamp-dev
COMPILED_STAMP := $(VENV)/.stamp-compiled
# Says itself why where it cannot; everything runs without, only slower.
COMPILE := $(BIN)/python -m engagebot.scoring.compiling && touch $(COMPILED_STAMP) || true

# An environment holds absolute paths: one that was made in another folder, then moved or copied, is made anew.
ifneq ($(shell cat $(ENV_STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(ENV_STAMP)
endif

.DEFAULT_GOAL := help
.PHONY: help setup run demo test lint bench chaos docs check lock

help: ## print this list
	@echo 'make TARGET [ARGS="..."], for example: make run ARGS="--port 8001"'
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-7s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(DEV_STAMP) ## make the environment, for running and for development
	@$(COMPILE)

run: $(RUN_STAMP) $(COMPILED_STAMP) ## start everything on http://127.0.0.1:8000 (the demo site until there is a watch or an import)
	@exec $(BIN)/engagebot run $(ARGS)

demo: $(RUN_STAMP) $(COMPILED_STAMP) ## start the demo site: made-up posts, no keys, nothing is sent
	@exec $(BIN)/engagebot demo $(ARGS)

# Some images forbid to keep byte code; then each of some hundred processes would compile every module anew.
# Sums of a few hundred numbers, shared out among threads, mostly wait for one another: one thread is twice as fast.
test: $(DEV_STAMP) $(COMPILED_STAMP) ## run the whole test suite in three processes (ARGS goes to pytest, WORKERS=1 for one)
	@unset PYTHONDONTWRITEBYTECODE; export OPENBLAS_NUM_THREADS=1; \
	  exec $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(DEV_STAMP) ## style, types, import laws, what is installed, and the shipped configuration and rules
	$(BIN)/python -m pip --disable-pip-version-check check
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(MYPY_PATHS)
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/architecture/test_sizes.py tests/architecture/test_words.py
	$(BIN)/engagebot check

bench: $(RUN_STAMP) $(COMPILED_STAMP) ## measure the pipeline beside bare VADER, then live through a day of faults and kills
	@exec $(BIN)/python -m benchmarks $(ARGS)

chaos: $(DEV_STAMP) $(COMPILED_STAMP) ## kill the sender a thousand times on each database, then find faults put in on purpose
	@exec $(BIN)/python -m tests.chaos $(ARGS)

docs: $(RUN_STAMP) ## write the generated pages of docs/
	@exec $(BIN)/python docs/generate.py $(ARGS)

check: lint test ## lint and test: what CI runs

lock: $(DEV_STAMP) ## write both lock files anew (ARGS=--upgrade takes the newest versions)
	UV_CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/uv pip compile $(LOCK_OPTIONS) --group build \
	  --output-file requirements.lock pyproject.toml
	UV_CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/uv pip compile $(LOCK_OPTIONS) --group build --group dev \
	  --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

# One lock for every system and every Python from 3.11 on; versions and hashes only, no download addresses.
LOCK_OPTIONS = --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-annotate $(ARGS)

$(ENV_STAMP):
	@python=''; \
	for candidate in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
	  if $$candidate -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	  then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo 'engagebot needs Python 3.11 or newer with its venv module; tried: $(or $(PYTHON),python3.13 python3.12 python3.11 python3).' >&2; \
	  echo 'Fix: install one (Debian and Ubuntu: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.13' >&2; \
	  exit 2; \
	fi; \
	echo "Making $(VENV) with $$($$python --version)"; \
	$$python -m venv --clear $(VENV)
	@printf '%s\n' '$(CURDIR)' > $@

# The lock also holds the build back end, so that the editable install below fetches nothing that has no hash.
$(RUN_STAMP): $(ENV_STAMP) requirements.lock pyproject.toml
	@echo 'Installing the locked requirements (about a quarter of a minute)'
	@$(FROM_LOCK) requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): $(RUN_STAMP) requirements-dev.lock
	@echo 'Installing the locked development requirements (as long again)'
	@$(FROM_LOCK) requirements-dev.lock
	@touch $@

# Where it fails there is no new stamp, so the next command tries again and says so again.
$(COMPILED_STAMP): $(RUN_STAMP) $(wildcard engagebot/scoring/*.py)
	@$(COMPILE)
