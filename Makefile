# Every target says with ## what it does; `make` alone prints that.

SHELL := /bin/bash
PYTHON := .venv/bin/python
.DEFAULT_GOAL := help
# Python keeps what it compiled, whatever the shell says: each target starts many programs.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help venv demo test test-fast check format docs contracts models picture lock audit bench test-compose clean

help:  ## print this list
	@awk -F ":.*## " "/^[a-z-]+:.*## / { printf \"  make %-13s %s\\n\", \$$1, \$$2 }" $(MAKEFILE_LIST)

venv:  ## make .venv with the pinned packages (needs Python 3.11 or newer)
	@.ci/prepare

demo:  ## run the whole bus in one process and take one application through it (ONCE=1: then end)
	@.ci/prepare run
	@$(PYTHON) -m services demo $(if $(filter-out 0,$(ONCE)),--once)

test: venv  ## run all tests: without servers, then with a private RabbitMQ and PostgreSQL (COVERAGE=1: measure)
	@$(PYTHON) -m tests $(if $(filter-out 0,$(COVERAGE)),--coverage)

test-fast: venv  ## run the tests that need no server
	@$(PYTHON) -m tests fast

check: venv  ## check style, types and architecture
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m pytest tests/architecture & tests=$$!; $(PYTHON) -m mypy; types=$$?; wait $$tests && exit $$types

format: venv  ## put the code into the agreed form, mending what can be mended
	$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format

docs: venv  ## write the generated pages of docs/
	$(PYTHON) -m services regulation-pages docs/reference/regulations
	$(PYTHON) -m tests.docs.generated.settings_page
	$(PYTHON) -m tests.docs.generated.limits_page
	$(PYTHON) -m tests.docs.generated.profiles_page
	$(PYTHON) -m tests.sandbox.magic_page
	$(PYTHON) -m tests.docs.generated.provenance_page
	$(PYTHON) -m tests.docs.generated.kazakh_page
	$(PYTHON) -m tests.docs.generated.accessibility_page
	$(PYTHON) -m tests.conformance.requirements_page
	$(PYTHON) -m tests.docs.llms_text

contracts: venv  ## write the published contracts, unless a change breaks their readers
	@$(PYTHON) -m services contracts shared/contracts/published

models: venv  ## write the types of the client's answers from the published contracts (needs the network)
	$(PYTHON) -m tests.client.generated_models

picture: venv  ## draw the pictures of the README from real runs of the demo (needs Chromium)
	@folder=$$(mktemp -d) && for language in en ru; do EGOV_DATA_DIR=$$folder/var EGOV_TOKENS_DIR=$$folder/var/tokens \
		$(PYTHON) -m services --lang $$language demo --once --picture docs/pictures/demo.$$language.svg; done; \
		rm -rf "$$folder"
	@$(PYTHON) -m tests.pages.pictures

LOCK := $(PYTHON) -m piptools compile --quiet --allow-unsafe --generate-hashes --strip-extras \
	--no-emit-find-links --no-emit-index-url --no-emit-trusted-host

lock: venv  ## pin what requirements*.in ask for, with hashes (LOCK_OPTIONS=--upgrade: the newest)
	$(LOCK) $(LOCK_OPTIONS) --output-file=requirements.txt requirements.in
	$(LOCK) $(LOCK_OPTIONS) --output-file=requirements-dev.txt requirements-dev.in

audit: venv  ## look for careless code, and for known holes of the packages (needs the network)
	@.ci/audit

bench: venv  ## measure, with a private RabbitMQ and PostgreSQL
	@$(PYTHON) -m tests.servers run -- $(PYTHON) -m tests.benchmarks

test-compose: venv  ## try docker-compose.yml with a real container engine
	@$(PYTHON) -m tests.compose

clean:  ## remove .venv, caches and builds; var/ with its data stays
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
