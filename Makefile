# Every habit is one word. `make run` and `make test` need nothing set up before.

PYTHON ?= python3
BIN := .venv/bin
# Those that requires-python promises and that are out.
PYTHONS := 3.11 3.12 3.13 3.14
NPM := $(shell command -v npm 2>/dev/null || echo $(CURDIR)/$(BIN)/npm)

.DEFAULT_GOAL := help
.PHONY: help run test lint format demo bench matrix faults rooms walks dist setup setup-dev lock lock-check clean

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

bench: setup-dev  ## the engine against its peers, growth, the service, claims (MEDIA=folder for your own clips)
	$(BIN)/python -m tests.bench.run $(if $(MEDIA),--media $(MEDIA))
	$(BIN)/python -m tests.bench.growth $(if $(MEDIA),--media $(MEDIA))
	$(BIN)/python -m tests.bench.service $(if $(MEDIA),--media $(MEDIA))
	$(BIN)/python -m tests.bench.claims
	$(BIN)/python -m tests.bench.broker

matrix: setup-dev  ## every file of MEDIA=folder through upload and task flow: frames, duration, size, orientation
	$(BIN)/python -m tests.bench.matrix $(MEDIA)

faults: setup-dev  ## kill workers while uploads run, and count what is lost
	$(BIN)/python -m pytest tests/faults

rooms: setup-dev  ## draw the rooms from the imports into docs/architecture.md
	$(BIN)/python -m tests.rooms

walks: setup-dev  ## how many files three stories pass through, file by file
	$(BIN)/python -m pytest -q -s -n0 tests/integration/test_walks.py

dist: setup-dev  ## the engine as a source package and as a wheel with the compiled kernel, in dist/
	ZOETROPE_KERNEL_REQUIRED=1 $(BIN)/python -m hatchling build -d dist

# Without a C compiler both go on and say what is lost; the tests then refuse to run.
setup: .venv/run.stamp node_modules/.package-lock.json  ## what `make run` needs
	@$(BIN)/python -m animator.kernel.build --optional

setup-dev: .venv/dev.stamp node_modules/.package-lock.json tests/sdk/node_modules/.package-lock.json  ## what `make test` needs
	@$(BIN)/python -m animator.kernel.build --optional

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

COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate

lock: setup-dev  ## renew the lock files from pyproject.toml and package.json
	$(COMPILE) pyproject.toml --extra server -o requirements/run.lock
	$(COMPILE) pyproject.toml --extra server --group dev -c requirements/run.lock -o requirements/dev.lock
	$(COMPILE) --group node -o requirements/node.lock
	npm install --package-lock-only --ignore-scripts
	cd tests/sdk && npm install --package-lock-only --ignore-scripts

WHEELS = $(BIN)/uv pip install -q --require-hashes --only-binary :all: --python-platform x86_64-manylinux_2_28 --python-version

# What runs is downloaded and its hashes are compared; the tests' tools, half a gigabyte more, are only looked up. crcmod,
# which the object storage's SDK wants in tests, is published as source alone.
lock-check: setup-dev  ## do the lock files install on every Python that is promised?
	@for python in $(PYTHONS); do \
	  $(WHEELS) $$python --target build/locked-$$python -r requirements/run.lock -r requirements/node.lock && \
	  $(WHEELS) $$python --target build/locked-$$python --dry-run --no-binary crcmod -r requirements/dev.lock || exit 1; \
	  echo "Python $$python: $$(ls -d build/locked-$$python/*.dist-info | wc -l) packages downloaded, the tests' tools are there"; \
	done; rm -rf build/locked-*

clean:  ## forget the environment, the packages and everything made in var/
	rm -rf .venv node_modules var build dist
