# The few commands a person needs. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Bytecode is compiled once at install: without it every process pays seconds for its imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install run test test-all ui docs lint bench bench-sources seeds mutate train-matching lock clean

help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## create .venv with the locked versions

$(STAMP): pyproject.toml .requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r .requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --python $(BIN)/python -e .
	touch $(STAMP)

run: install ## the nightly run of the sandbox company, from empty folders to a published warehouse
	$(BIN)/finance run

test: install ## the tests, under 15 minutes on 2 cores
	$(BIN)/python -m pytest -q -m "not slow"

test-all: install ## every test, the long ones too
	$(BIN)/python -m pytest -q

ui: install ## the Dagster web UI with its schedules, on http://127.0.0.1:3000
	$(BIN)/finance ui

docs: install ## dbt docs with lineage, one HTML file that opens offline
	$(BIN)/finance docs

lint: install ## ruff, sqlfluff, import rules, yamllint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict .
	$(BIN)/sqlfluff lint dbt_project/models dbt_project/tests

train-matching: install ## learn again how much it counts when two customer records agree
	$(BIN)/python -m tests.train_customer_matching

bench: install ## seconds and memory per stage for 1 and 10 million journal lines, beside plain SQL
	$(BIN)/python -m tests.bench

bench-sources: install ## rows a second from the wire to landing of every system, beside dlt's own sources
	$(BIN)/python -m tests.bench_sources

seeds: install ## nights of 20 companies with errors and 20 without: what is found, false, and for the right cause
	$(BIN)/python -m tests.seeds

mutate: install ## mutants of data and SQL: which control kills each, and which survive
	$(BIN)/python -m tests.mutate

lock: ## refresh .requirements.lock from pyproject.toml
	$(BIN)/uv pip compile --quiet --extra dev --no-emit-index-url --no-annotate --no-header pyproject.toml -o .requirements.lock

clean: ## remove what runs and builds leave behind (keeps .venv)
	rm -rf .data dbt_project/target dbt_project/logs .pytest_cache .ruff_cache
