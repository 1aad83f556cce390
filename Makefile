# Everything sets itself up: a virtual environment in .venv with the package and its tools.
SHELL := bash
.SHELLFLAGS := -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup report test slow lint evidence bench clean

setup: $(READY)

$(READY): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

report: $(READY)
	$(BIN)/isocortex run digits --out report

test: $(READY)
	$(BIN)/python -m pytest -n auto --dist worksteal -m 'not slow'

slow: $(READY)
	$(BIN)/python -m pytest -n auto --dist worksteal -m slow

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

evidence: $(READY)
	$(BIN)/python -m evidence | tee evidence/RESULTS.md

bench: $(READY)
	$(BIN)/python -m benchmarks | tee benchmarks/RESULTS.md

clean:
	rm -rf $(VENV) report build dist .mypy_cache .ruff_cache .pytest_cache
