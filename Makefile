# Everything a person or CI does with Packgrid. Each target is enough by itself on a fresh clone with Python 3.11 or newer.
#
#   make demo     trade a recorded market in a chat page (make demo ARGS=--headless: without the page)
#   make test     lint, types, every test, and the coverage of the strategy
#   make format   put every file into its one shape; rewrites files, so not while somebody else is writing them
#   make chaos    fifty kills of the real process while everything goes wrong (make chaos ARGS='--kills 10 --seed 7')
#   make sabotage every deliberate mistake in the running code, each caught by a hostile world
#   make bench    the README's figures
#   make simulate thousands of hostile worlds on all cores (make simulate SEEDS=20000 ARGS='--json scorecard.json')
#   make lock     settle requirements.lock anew (make lock ARGS=--upgrade: with the newest versions)

SHELL := /bin/sh
BIN := .venv/bin
INSTALLED := .venv/installed
CODE := strategy exchange storage bot tests benchmarks

.PHONY: simulate sabotage demo test lint types tests coverage format chaos bench lock clean
.DEFAULT_GOAL := test

demo: $(INSTALLED)
	@exec $(BIN)/packgrid demo $(ARGS)

# One after the other, also under make -j: the first thing that is wrong is the last thing on the screen.
test: $(INSTALLED)
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory types
	@$(MAKE) --no-print-directory tests
	@$(MAKE) --no-print-directory coverage

lint: $(INSTALLED)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Some files are not formatted: run make format."; exit 1; }

types: $(INSTALLED)
	@$(BIN)/mypy

tests: $(INSTALLED)
	@$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report= $(ARGS)

# Every branch of the strategy is taken by some test; reads what `make tests` left.
coverage: $(INSTALLED)
	@$(BIN)/coverage report --include='strategy/*' --omit='strategy/research/*' --fail-under=100

# Layout and the order of imports, nothing else: an import that is not used yet stays.
format: $(INSTALLED)
	@$(BIN)/ruff check --select I --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

chaos: $(INSTALLED)
	@$(BIN)/python -m tests.e2e.chaos_run $(ARGS)

bench: $(INSTALLED)
	@for file in benchmarks/bench_*.py; do \
	  [ -e "$$file" ] || { echo "There is no benchmark yet."; exit 1; }; \
	  $(BIN)/python -m "benchmarks.$$(basename "$$file" .py)" || exit 1; \
	done

SEEDS := 1000

sabotage: $(INSTALLED)
	@$(BIN)/python -m pytest -v tests/simulation/test_sabotage.py $(ARGS)

simulate: $(INSTALLED)
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) $(ARGS)

# The lock is universal (Python 3.11 and newer, Linux, macOS, Windows) and names no address; uv stays in a folder of its own.
lock: .venv/uv/bin/uv
	@.venv/uv/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links --quiet --output-file requirements.lock $(ARGS)
	@! grep -n '://' requirements.lock || { echo "requirements.lock names an address."; exit 1; }

.venv/uv/bin/uv: $(INSTALLED)
	@$(BIN)/python -m venv .venv/uv
	@.venv/uv/bin/python -m pip install -qq --disable-pip-version-check uv

clean:
	@rm -rf .venv build *.egg-info .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last: an installation that was cut short is done again.
$(INSTALLED): pyproject.toml requirements.lock
	@[ -x $(BIN)/python ] || { \
	  for name in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	    "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && found=$$name && break; \
	  done; \
	  [ -n "$$found" ] || { echo "Packgrid needs Python 3.11 or newer, and none was found. Name it: make PYTHON=/path/to/python3" >&2; exit 1; }; \
	  echo "Installing into .venv with $$("$$found" --version), once; this takes about a minute." >&2; \
	  "$$found" -m venv .venv || { echo "This Python cannot make a virtual environment: install its venv package (Debian: python3-venv)." >&2; rm -rf .venv; exit 1; }; \
	}
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
