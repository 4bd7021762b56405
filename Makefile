# Every command of the project. The first use of any of them makes the environment; it needs Python >= 3.10 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest -n 4 --dist worksteal
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: run test slow node lint catalog samples lock bench clean

run: $(VENV)/run.stamp ## start the service
	@exec $(BIN)/gunicorn

test: $(VENV)/dev.stamp ## the default tests
	$(PYTEST)

slow: $(VENV)/dev.stamp ## tests that take longer
	$(PYTEST) -m slow

node: $(VENV)/dev.stamp build/node/node_modules/capcut-cli ## a second opinion on saved drafts; needs node and npm
	$(PYTEST) -m node

lint: $(VENV)/dev.stamp ## style, types, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m scripts.build_catalog --check

catalog: $(VENV)/dev.stamp ## rebuild the index of named resources
	$(BIN)/python -m scripts.build_catalog

samples: $(VENV)/dev.stamp ## make the built-in sample media again
	$(BIN)/python -m scripts.make_samples

bench: $(VENV)/dev.stamp ## measure; prints figures
	$(BIN)/python -m benchmarks.adds
	$(BIN)/python -m benchmarks.subtitles
	$(BIN)/python -m benchmarks.edits
	$(BIN)/python -m benchmarks.lookups
	$(BIN)/python -m benchmarks.timelines
	$(BIN)/python -m benchmarks.reload
	$(BIN)/python -m benchmarks.durability
	$(BIN)/python -m benchmarks.workers
	$(BIN)/python -m benchmarks.start
	$(BIN)/python -m benchmarks.http
	$(BIN)/python -m benchmarks.documents
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.media

lock: $(VENV)/dev.stamp ## pin the newest versions that fit pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --upgrade $(LOCK) -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --group dev $(LOCK) -c requirements.txt -o requirements-dev.txt
LOCK := --universal --python-version 3.10 --generate-hashes --no-annotate --no-header --quiet

clean: ## remove the environment and what was built
	rm -rf $(VENV) build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python3-venv is needed, or another PYTHON" >&2; exit 1; }

$(VENV)/run.stamp: requirements.txt | $(VENV)/bin/python
	$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

build/node/node_modules/capcut-cli:
	npm install --prefix build/node --ignore-scripts --no-audit --no-fund --silent capcut-cli@0.23.0
	@touch $@
