# Everything a person or CI does with Packgrid. Each target is enough by itself on a fresh clone with Python 3.11 or newer.
#
#   make demo     trade a recorded market in a chat page (make demo ARGS=--headless: without the page)
#   make test     lint, types, every test, and the coverage of the strategy; each alone: make lint, types, tests, coverage
#                 (make tests ARGS="tests/unit -q": some of them)
#   make docs     write what the tables of commands, parameters, settings and problems know into the documents
#   make pictures every picture of the documents, from the real demo; look at them before they are kept
#   make format   put every file into its one shape; rewrites files, so not while somebody else is writing them
#   make chaos    fifty kills of the real process while everything goes wrong (make chaos ARGS='--kills 10 --seed 7')
#   make sabotage every deliberate mistake in the running code, each caught by a hostile world
#   make bench    the figures of benchmarks/README.md
#   make simulate thousands of hostile worlds on all cores (make simulate SEEDS=20000 ARGS='--json scorecard.json')
#   make lock     settle the three locks anew (make lock ARGS=--upgrade: with the newest versions)
#   make install  what running needs, and nothing for tests, into .venv
#   make research what /suggest, sweeps and Parquet files need on top (make demo does both by itself)
#   make clean    forget .venv and whatever else was made here; settings and data stay
#   make help     these lines

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
# What running needs, what trying out many grids needs on top, and what changing and testing needs: a stamp each, written last, so that an installation
# that was cut short is done again.
INSTALLED := $(VENV)/installed
RESEARCH := $(VENV)/research
TOOLS := $(VENV)/tools
CODE := strategy exchange storage bot tests benchmarks

.PHONY: simulate sabotage demo docs pictures install research test lint types tests coverage format chaos bench lock clean help
.DEFAULT_GOAL := test

install: $(INSTALLED)

research: $(RESEARCH)

demo: $(RESEARCH)
	@exec $(BIN)/packgrid demo $(ARGS)

# One after the other, also under make -j: the first thing that is wrong is the last thing on the screen.
test: $(TOOLS)
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory types
	@$(MAKE) --no-print-directory tests
	@$(MAKE) --no-print-directory coverage

lint: $(TOOLS)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Some files are not formatted: run make format."; exit 1; }

types: $(TOOLS)
	@$(BIN)/mypy

# All of them, or those that ARGS names. What measures the branches makes Python a half slower, and twice as slow where
# little but the strategy runs: only the tests that are to take each branch by themselves bear it.
COVERING := tests/unit tests/scenarios
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal

tests: $(TOOLS)
ifdef ARGS
	@$(PYTEST) $(ARGS)
else
	@$(PYTEST) --cov --cov-report= $(COVERING)
	@$(PYTEST) $(COVERING:%=--ignore=%)
endif

# Every branch of the strategy is taken by some small test; reads what `make tests` left.
coverage: $(TOOLS)
	@$(BIN)/coverage report --include='strategy/*' --omit='strategy/research/*' --fail-under=100

# Layout and the order of imports, nothing else: an import that is not used yet stays.
format: $(TOOLS)
	@$(BIN)/ruff check --select I --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

docs: $(INSTALLED)
	@$(BIN)/python -m bot.console.pages

pictures: $(TOOLS)
	@$(BIN)/python -m tests.browser.shots $(ARGS)

chaos: $(TOOLS)
	@$(BIN)/python -m tests.e2e.chaos_run $(ARGS)

bench: $(TOOLS)
	@for file in benchmarks/bench_*.py; do \
	  [ -e "$$file" ] || { echo "There is no benchmark yet."; exit 1; }; \
	  $(BIN)/python -m "benchmarks.$$(basename "$$file" .py)" || exit 1; \
	done

SEEDS := 1000

sabotage: $(TOOLS)
	@$(BIN)/python -m pytest -v tests/simulation/test_sabotage.py $(ARGS)

simulate: $(TOOLS)
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) $(ARGS)

# The locks are universal (Python 3.11 and newer, Linux, macOS, Windows) and name no address. Each holds the versions of the
# one before: it is settled after it, under its constraint. uv stays in a folder of its own.
LOCK = $(VENV)/uv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-strip-extras \
  --no-header --no-emit-index-url --no-emit-find-links --quiet

lock: $(VENV)/uv/bin/uv
	@$(LOCK) --extra build --output-file requirements.lock $(ARGS)
	@$(LOCK) --extra build --extra research --constraint requirements.lock --output-file requirements-research.lock $(ARGS)
	@$(LOCK) --extra build --extra dev --extra research --constraint requirements-research.lock --output-file requirements-dev.lock $(ARGS)
	@! grep -n '://' requirements.lock requirements-research.lock requirements-dev.lock || { echo "A lock names an address."; exit 1; }

$(VENV)/uv/bin/uv: $(INSTALLED)
	@$(BIN)/python -m venv $(VENV)/uv
	@$(VENV)/uv/bin/python -m pip install -qq --disable-pip-version-check uv

help:
	@sed -n 's/^#   //p' Makefile

clean:
	@rm -rf .venv build *.egg-info .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# Exactly what is locked, without resolving anything: no later release, no older pip and no other state of the index can
# change it. What `--no-deps` does not look at, `pip check` does.
INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps
CHECK = $(BIN)/python -m pip --disable-pip-version-check check >/dev/null || { $(BIN)/python -m pip check; exit 1; }

$(BIN)/python:
	@for name in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && found=$$name && break; \
	done; \
	[ -n "$$found" ] || { echo "Packgrid needs Python 3.11 or newer, and none was found. Name it: make PYTHON=/path/to/python3" >&2; exit 1; }; \
	echo "Installing into $(VENV) with $$("$$found" --version), once; this takes a minute or two." >&2; \
	"$$found" -m venv $(VENV) || { echo "This Python cannot make a virtual environment: install its venv package (Debian: python3-venv)." >&2; rm -rf $(VENV); exit 1; }

$(INSTALLED): pyproject.toml requirements.lock | $(BIN)/python
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-build-isolation -e .
	@$(CHECK)
	@touch $@

$(RESEARCH): requirements-research.lock $(INSTALLED)
	@$(INSTALL) --require-hashes -r requirements-research.lock
	@$(CHECK)
	@touch $@

$(TOOLS): requirements-dev.lock $(INSTALLED)
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@$(CHECK)
	@touch $@
