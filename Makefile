# Every habit is one word. `make run` and `make test` need nothing set up before.

PYTHON ?= python3
BIN := .venv/bin
NPM := $(shell command -v npm 2>/dev/null || echo $(CURDIR)/$(BIN)/npm)

.DEFAULT_GOAL := help
.PHONY: help run test lint format demo bench matrix faults rooms walks setup setup-dev lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: setup  ## set up, then run the console, the API and a worker until Ctrl-C
	@exec $(BIN)/python manage.py runconsole

test: setup-dev  ## set up, then every test; some once more on PostgreSQL and RabbitMQ
	$(BIN)/python -m pytest -n auto --dist loadgroup
	$(BIN)/python -m tests.services

lint: setup-dev  ## style, types, import directions, migrations, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/djlint console --check --lint

format: setup-dev  ## put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint console --reformat --quiet

demo: setup  ## the sample alone, headless: prints the outputs' paths and facts
	$(BIN)/python manage.py demo

bench: setup-dev  ## the engine against its peers, growth, the service (MEDIA=folder for your own clips)
	$(BIN)/python -m tests.bench.run $(if $(MEDIA),--media $(MEDIA))
	$(BIN)/python -m tests.bench.growth $(if $(MEDIA),--media $(MEDIA))
	$(BIN)/python -m tests.bench.service $(if $(MEDIA),--media $(MEDIA))
	$(BIN)/python -m tests.bench.broker

matrix: setup-dev  ## every file of MEDIA=folder through upload and task flow: frames, duration, size, orientation
	$(BIN)/python -m tests.bench.matrix $(MEDIA)

faults: setup-dev  ## kill workers while uploads run, and count what is lost
	$(BIN)/python -m pytest tests/faults

rooms: setup-dev  ## draw the rooms from the imports into docs/architecture.md
	$(BIN)/python -m tests.rooms

walks: setup-dev  ## how many files three stories pass through, file by file
	$(BIN)/python -m pytest -q -s -n0 tests/integration/test_walks.py

setup: .venv/run.stamp node_modules/.package-lock.json  ## what `make run` needs
	@$(BIN)/python -m animator.kernel.build

setup-dev: .venv/dev.stamp node_modules/.package-lock.json tests/sdk/node_modules/.package-lock.json  ## what `make test` needs
	@$(BIN)/python -m animator.kernel.build

.venv/run.stamp: requirements/run.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	@touch $@

.venv/dev.stamp: requirements/dev.lock | .venv/run.stamp
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.lock
	@touch $@

node_modules/.package-lock.json: package-lock.json | .venv/run.stamp
	@command -v npm >/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.lock
	PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

tests/sdk/node_modules/.package-lock.json: tests/sdk/package-lock.json | node_modules/.package-lock.json
	cd tests/sdk && PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

lock: setup-dev  ## renew the lock files from pyproject.toml and package.json
	$(BIN)/uv pip compile -q pyproject.toml --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -o requirements/run.lock
	$(BIN)/uv pip compile -q pyproject.toml --group dev -c requirements/run.lock --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -o requirements/dev.lock
	$(BIN)/uv pip compile -q --group node --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -o requirements/node.lock
	npm install --package-lock-only --ignore-scripts
	cd tests/sdk && npm install --package-lock-only --ignore-scripts

clean:  ## forget the environment, the packages and everything made in var/
	rm -rf .venv node_modules var build
