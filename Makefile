# Belnota. `make demo` and `make test` each do all of their own set-up on a machine with Python 3.11+, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SIZE ?= 1
LINES ?= 1000000

.DEFAULT_GOAL := help
.PHONY: help setup demo test check docs bench benchingest lock clean

help: ## Show what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.installed ## The program, in .venv/bin/belnota

demo: $(VENV)/.installed ## A month of calls, from raw files to invoices, in demo-workspace/
	$(BIN)/belnota demo --workspace demo-workspace

test: $(VENV)/.tools ## The whole test suite, on SQLite and on a PostgreSQL of its own
	sh scripts/system-packages.sh
	$(BIN)/pytest -n 2 --dist worksteal

check: $(VENV)/.tools ## Ruff, mypy, the law of imports, documents that drifted
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/generate_docs.py --check

docs: $(VENV)/.tools ## Write the generated documents anew
	$(BIN)/python scripts/generate_docs.py

bench: $(VENV)/.tools ## Measure rating beside other ways to do it (SIZE in millions of calls)
	sh scripts/system-packages.sh bench
	$(BIN)/python -m benchmarks.bench_rating --millions $(SIZE) $(BENCH)

benchingest: $(VENV)/.tools ## Measure ingest beside the bare parse of the same file (LINES, BENCH="--known 100000000")
	$(BIN)/python -m benchmarks.bench_ingest --lines $(LINES) $(BENCH)

lock: $(VENV)/.tools ## Resolve the dependencies anew; names and hashes, no hosts
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra build --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra build --extra dev --extra notebooks --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements-dev.lock

clean: ## Remove what was made (the demo's workspace too)
	rm -rf $(VENV) demo-workspace .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.created:
	PYTHON=$(PYTHON) VENV=$(VENV) sh scripts/create-venv.sh
	touch $@

$(VENV)/.installed: $(VENV)/.created requirements.lock pyproject.toml
	@echo "Installing the locked packages (about 700 MB on disk; once) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.tools: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@
