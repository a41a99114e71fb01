PYTHON ?= python3
PORT ?= 5000

BIN := .venv/bin
INSTALLED := .venv/installed
INSTALLED_DEV := .venv/installed-dev
INSTALLED_BENCH := .venv/installed-bench

.PHONY: run demo smoke test coverage lint format audit lock bench soak help

run: $(INSTALLED)  ## serve on PORT (5000) with a demo site; events are kept in var/
	@PORT=$(PORT) exec $(BIN)/python run.py

demo: $(INSTALLED)  ## serve the dashboard of a made-up shop with a year of history on PORT (5000)
	@PORT=$(PORT) $(BIN)/python demo.py

smoke: $(INSTALLED)  ## send one message of each type over HTTP and show the answers
	@$(BIN)/python smoke.py

test: $(INSTALLED_DEV)  ## run every test
	$(BIN)/pytest

coverage: $(INSTALLED_DEV)  ## run every test and show untested branches
	$(BIN)/pytest --cov --cov-branch --cov-report=term-missing:skip-covered

lint: $(INSTALLED_DEV) $(INSTALLED_BENCH)  ## check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(INSTALLED_DEV)  ## format the code
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

audit: $(INSTALLED_DEV)  ## check the requirements for known vulnerabilities
	@$(BIN)/python .ci/audit.py

lock: $(INSTALLED_DEV)  ## update the lock files from requirements*.txt
	@for part in "" -celery -dev -bench; do \
		$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --no-strip-extras --no-annotate \
			--no-header --no-emit-index-url --no-emit-options \
			--output-file requirements$$part.lock requirements$$part.txt || exit; \
	done

bench: $(INSTALLED_BENCH)  ## measure speed, memory and growth; docs/benchmarks.md lists the kinds
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(if $(API),--api) $(if $(FAIR),--fair) $(if $(VOLUME),--volume $(VOLUME)) $(if $(FIGURES),--figures $(FIGURES)) $(if $(PROFILE),--profile $(PROFILE))

soak: $(INSTALLED_DEV)  ## test ten minutes of kills, full disks, locks, restarts and clock jumps on each database
	@$(BIN)/python -m tests.soak

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*##/  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

$(INSTALLED): requirements.lock
	@echo "Setting up the virtual environment in .venv (once, and when requirements change)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(INSTALLED_DEV): requirements-dev.lock $(INSTALLED)
	@echo "Adding the test and lint tools to .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(INSTALLED_BENCH): requirements-bench.lock $(INSTALLED)
	@echo "Adding what the benchmarks need to .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@
