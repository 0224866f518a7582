# The only door: `make` prints what there is. Each target does the set-up that it needs.

# The interpreter that makes the environment: the first one that is new enough and can make one.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3 python3.14; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
VENV ?= .venv
# How many tests run at once.
WORKERS ?= 3
# `make mutants ONLY="lots reversals" SAMPLE=5`: each fifth mutant of these modules.
ONLY ?=
SAMPLE ?= 1
# How often `make chaos` visits each of its points.
SEEDS ?= 20
PYTEST = $(VENV)/bin/python -m pytest -q
# Each takes from the others' tests when it has none left: until then it goes through its own one file
# after another, and what a file starts is started once.
PARALLEL = -n $(WORKERS) --dist worksteal

# Tests start many processes, and each would compile the portal anew.
unexport PYTHONDONTWRITEBYTECODE

# What a deployed portal is given, for `check --deploy`.
LIKE_PRODUCTION = SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz \
	PORTAL_BASE_DOMAIN=portal.example

.DEFAULT_GOAL := help
.PHONY: help run test test-postgres contract chaos fuzz lives mutants journeys screenshots bench lint types migrations-check \
	deploy-check check static messages lock clean environment-run environment-dev

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: environment-run ## Set up and serve the site on 127.0.0.1:$PORT (8000), with all that it needs
	@$(VENV)/bin/python -m lumiq_portal.embedded

test: environment-dev ## Set up and run the tests; no server need be installed
	@$(PYTEST) $(PARALLEL) -m "not journey and not benchmark and not chaos and not screenshots"

test-postgres: environment-dev ## Run the tests on a private PostgreSQL cluster
	@$(VENV)/bin/python -m tests.postgres_cluster -- \
		$(PYTEST) $(PARALLEL) -m "not journey and not benchmark and not chaos and not screenshots"

# By the environment, where `ps` doesn't show them, and under names that tests/settings.py leaves.
contract: export CONTRACT_BASE_URL = $(value LUMIQ_BASE_URL)
contract: export CONTRACT_API_KEY = $(value LUMIQ_API_KEY)
contract: environment-dev ## Hold the sandbox, or the server at LUMIQ_BASE_URL with LUMIQ_API_KEY, to LUMIQ's documentation
	@$(PYTEST) tests/contract

chaos: environment-dev ## Break the link to LUMIQ in every way there is, and count what it cost (most of an hour)
	@CHAOS_SEEDS=$(SEEDS) $(PYTEST) -s tests/chaos

fuzz: environment-dev ## Send the API thousands of random calls made from its own description
	@FUZZ_CASES=400 $(PYTEST) tests/api/test_fuzz.py

lives: environment-dev ## Play hundreds of random lives of the ledger against a model of it
	@LEDGER_MACHINES=200 $(PYTEST) tests/accounts/test_ledger_machine.py

mutants: environment-dev ## Break the ledger and the purchases in 2,000 small ways, and count what no test notices
	@WORKERS=$(WORKERS) SAMPLE=$(SAMPLE) $(VENV)/bin/python -m tests.mutation $(ONLY)

journeys: environment-dev ## Drive the site with a real browser (needs Chromium)
	@if [ -d tests/journeys ]; then $(PYTEST) -n 2 --dist loadfile -m journey tests/journeys; \
		else echo "no journeys yet"; fi

screenshots: environment-dev ## Take a picture of each page in both brands, light and dark (needs Chromium)
	@$(PYTEST) tests/screenshots

bench: environment-dev ## Measure what the portal promises about speed
	@if [ -d tests/benchmarks ]; then $(PYTEST) -s -m benchmark tests/benchmarks; \
		else echo "no benchmarks yet"; fi

lint: environment-dev ## Style, formatting, and locks without addresses
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@! grep -nE '://|^--' requirements/*.txt

types: environment-dev ## Check the types
	@$(VENV)/bin/mypy

migrations-check: environment-dev ## Check that no model waits for a migration
	@$(VENV)/bin/python manage.py makemigrations --check --dry-run

deploy-check: environment-dev ## Django's own checks, with settings like production's
	@$(LIKE_PRODUCTION) $(VENV)/bin/python manage.py check --deploy --fail-level WARNING

check: lint types migrations-check deploy-check test test-postgres lives journeys ## All that CI runs

static: environment-run ## Collect the static files
	@$(VENV)/bin/python manage.py collectstatic --no-input

messages: environment-dev ## Bring the translation catalogues to the strings of code and templates
	@$(VENV)/bin/python -m lumiq_portal.messages

lock: ## Renew requirements/*.txt from *.in (needs uv)
	$(LOCK) requirements/dev.in -o requirements/dev.txt
	$(LOCK) --constraint requirements/dev.txt requirements/base.in -o requirements/base.txt

clean: ## Remove what tools leave behind; keeps .venv and var
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov

LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links

environment-run: $(VENV)/bin/python
	@$(VENV)/bin/python requirements/sync.py requirements/base.txt

environment-dev: $(VENV)/bin/python
	@$(VENV)/bin/python requirements/sync.py requirements/dev.txt

$(VENV)/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer with its venv module is needed; none was found." >&2; \
		echo "On Debian and Ubuntu: apt-get install python3-venv. Or: make PYTHON=/path/to/python" >&2; \
		exit 1; fi
	@echo "Making $(VENV) with $(PYTHON) …"
	@$(PYTHON) -m venv $(VENV)
