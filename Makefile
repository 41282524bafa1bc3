PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test lint bench bench-aws bench-azure bench-gcp clean

demo: $(VENV)/demo
	$(BIN)/asdeclared demo

test: $(VENV)/test
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST)

lint: $(VENV)/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/demo
	$(BIN)/python bench/run.py

bench-aws: $(VENV)/demo
	$(BIN)/python -m bench.aws

bench-azure: $(VENV)/demo
	$(BIN)/python -m bench.azure

bench-gcp: $(VENV)/demo
	$(BIN)/python -m bench.gcp

clean:
	rm -rf $(VENV) .asdeclared asdeclared-demo asdeclared-report

$(VENV)/pip:
	$(PYTHON) -m venv $(VENV)
	$(PIP) install 'pip>=25.1'
	touch $@

$(VENV)/demo: $(VENV)/pip pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e '.[demo]'
	touch $@

$(VENV)/test: $(VENV)/pip pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e '.[all]' --group test --group lint
	touch $@ $(VENV)/demo
