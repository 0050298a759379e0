# Every habit is one word. `make run` and `make test` need nothing set up before.

PYTHON ?= python3
BIN := .venv/bin
# Those that requires-python promises and that are out.
PYTHONS := 3.11 3.12 3.13 3.14
NPM := $(shell command -v npm 2>/dev/null || echo $(CURDIR)/$(BIN)/npm)

.DEFAULT_GOAL := help
.PHONY: help year looks run test lint format demo bench bench-range bench-pictures bench-console scale matrix audit faults hosts corpus soak nonsense clients messages rooms walks screenshots dist setup setup-dev lock lock-check clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 13

run: setup  ## set up, then run the console, the API and a worker until Ctrl-C
	@exec $(BIN)/python manage.py runconsole

test: setup-dev  ## set up, then every test; some once more on PostgreSQL and RabbitMQ
	$(BIN)/python -m tests

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
	$(BIN)/python -m tests.bench.idle

bench-range: setup-dev  ## the engine against its peers over all qualities (MEDIA=folder for your own clips, QUICK=1)
	$(BIN)/python -m tests.bench.range --docs docs $(if $(MEDIA),--media $(MEDIA)) $(if $(QUICK),--quick)

bench-pictures: setup-dev  ## estimates, largest sizes, seams, siblings and batches on clips: MEDIA=folder; docs/pictures.md
	$(BIN)/python -m tests.bench.pictures --docs docs --media $(MEDIA)
	$(BIN)/python -m tests.bench.seams --docs docs --media $(MEDIA)
	$(BIN)/python -m tests.bench.sheets --docs docs --media $(MEDIA)
	$(BIN)/python -m tests.bench.siblings --docs docs --media $(MEDIA)
	$(BIN)/python -m tests.bench.batches --docs docs --media $(MEDIA)

bench-console: setup-dev  ## the console's lists before 100,000 media and tasks, on both databases; the studio's previews
	$(BIN)/python -m tests.bench.console

year: setup-dev  ## a simulated year of 100,000 jobs (JOBS=3000000): what was done and forgotten slows and fills nothing
	$(BIN)/python -m tests.bench.year $(if $(JOBS),--jobs $(JOBS))

looks: setup-dev  ## every list, filtered, in other orders and at its end, after a day and after a simulated year (JOBS=3000000)
	$(BIN)/python -m tests.bench.looks $(if $(JOBS),--jobs $(JOBS))

scale: setup-dev  ## pictures a minute with 1, 2 and 4 workers, then a fleet simulated from measured figures; docs/scale.md
	$(BIN)/python -m tests.bench.workers $(if $(MEDIA),--media $(MEDIA))
	$(BIN)/python -m tests.bench.fleet

matrix: setup-dev  ## every file of MEDIA=folder through upload and task flow: frames, duration, size, orientation
	$(BIN)/python -m tests.bench.matrix $(MEDIA)

faults: setup-dev  ## every fault in every set-up, or in SETUP=sqlite,rabbitmq,redis,s3; the table goes into docs/reliability.md
	rm -f build/faults.jsonl
	$(BIN)/python -m tests.faults.suite $(if $(SETUP),--setup $(SETUP)) --write

hosts: setup-dev  ## web, database, broker and store on one host, workers on two others, by network namespaces (as root)
	DATABASE_URL=$${ZOETROPE_TEST_DATABASE_URL:-postgres://postgres@127.0.0.1:5432/postgres} \
	  $(BIN)/python -m pytest -q -n0 tests/faults/test_hosts.py

corpus: setup-dev  ## the made bad files (MANY=8187: so many), or those of CORPUS_DIR=folder, through upload and picture
	$(BIN)/python -m tests.corpus $(or $(CORPUS_DIR),--write --many $(or $(MANY),0))

soak: setup-dev  ## four actions at RATE requests a second each for DURATION seconds: what callers see, and whether memory grows
	$(BIN)/python -m tests.bench.load --rate $(or $(RATE),20) --seconds $(or $(DURATION),7200)

nonsense: setup-dev  ## what nobody expects at every address, 6,000 raw requests, 5,000 to an object upload under way
	ZOETROPE_NONSENSE=150 ZOETROPE_FUZZ_EXAMPLES=300 ZOETROPE_RAW_CASES=6000 ZOETROPE_OBJECT_QUERIES=5000 $(BIN)/python -m pytest -q \
	  tests/nonsense tests/integration/cloudapi/v3/test_fuzz.py tests/integration/cloudapi/cos/test_any_query.py

clients: setup-dev  ## old and new releases of every client against a running server; the matrix goes into docs/compatibility.md
	$(BIN)/python -m tests.clients

audit: setup-dev  ## known vulnerabilities in what is locked; said, not failed, where the index can't be reached
	$(BIN)/python -m tests.advisories

messages: setup-dev  ## gather the texts to translate into the .po files (needs gettext), and say which aren't translated
	$(BIN)/python -m tests.sentences
	$(BIN)/python manage.py messages
	$(BIN)/python -m config.catalogues

rooms: setup-dev  ## draw the rooms from the imports into docs/architecture.md
	$(BIN)/python -m tests.rooms

walks: setup-dev  ## how many files three stories pass through, file by file
	$(BIN)/python -m pytest -q -s -n0 tests/integration/test_walks.py

screenshots: setup-dev  ## the console's pages in every language, theme and width (LANGUAGES=en,ko PAGES=studio,media)
	$(BIN)/python -m tests.screenshots $(if $(LANGUAGES),--languages $(LANGUAGES)) $(if $(PAGES),--pages $(PAGES))

dist: setup-dev  ## the engine as a source package and as a wheel with the compiled kernel, in dist/
	ZOETROPE_KERNEL_REQUIRED=1 $(BIN)/python -m hatchling build -d dist

# A confined child may write nothing, and so can't keep what it compiles: without this each start pays for it anew.
COMPILED = $(BIN)/python -m compileall -q animator

# Without a C compiler both go on and say what is lost; the tests then refuse to run.
setup: .venv/run.stamp node_modules/.package-lock.json  ## what `make run` needs
	@$(BIN)/python -m animator.kernel.build --optional >/dev/null
	@$(BIN)/python -m config.catalogues
	@$(COMPILED)

setup-dev: .venv/dev.stamp node_modules/.package-lock.json tests/sdk/node_modules/.package-lock.json tests/sdk/intl/.stamp  ## what `make test` needs
	@$(BIN)/python -m animator.kernel.build --optional
	@$(BIN)/python -m config.catalogues
	@$(COMPILED)

.venv/run.stamp: requirements/run.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	@touch $@

.venv/dev.stamp: requirements/dev.lock | .venv/run.stamp
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.lock
	@touch $@

node_modules/.package-lock.json: package-lock.json | .venv/run.stamp
	@command -v npm >/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.lock
	PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

tests/sdk/node_modules/.package-lock.json: tests/sdk/package-lock.json | node_modules/.package-lock.json
	cd tests/sdk && PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

# The international edition's SDK has the same package name as the other one's; as a wheel it is found where a test wants it.
tests/sdk/intl/.stamp: requirements/intl.lock | .venv/run.stamp
	$(BIN)/pip download --quiet --disable-pip-version-check --no-deps --require-hashes -d tests/sdk/intl -r requirements/intl.lock
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
