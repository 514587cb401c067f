# Two commands do everything on a fresh machine: `make run` and `make test`.
.DELETE_ON_ERROR:
.PHONY: run edition test validate setup lint clean

PYTHON ?= python3
DATA ?= data
BIN := .venv/bin
SINKRATE := $(BIN)/sinkrate --data $(DATA)

run: edition               ## the whole way, then serve it on 127.0.0.1:8000
	$(SINKRATE) serve

edition: .venv/ready       ## collect from the lab, judge, publish, build, print the table
	@$(BIN)/python -m crawlers.browser
	$(SINKRATE) lab crawl
	$(SINKRATE) run
	$(SINKRATE) build
	$(SINKRATE) check
	$(SINKRATE) table

test: .venv/ready-dev      ## all tests
	@$(BIN)/python -m crawlers.browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadfile $(PYTEST)

validate: .venv/ready      ## axe, keyboard, vnu, Lighthouse on the site that was built: needs node, npm, java, chromium
	npm install --prefix tests/validators --no-audit --no-fund --no-package-lock --silent
	SINKRATE=$(BIN)/sinkrate node tests/validators/validate.mjs $(DATA)

setup: .venv/ready-dev     ## the environment alone

lint: .venv/ready-dev
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	touch $@

.venv/ready-dev: .venv/ready
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:                     ## everything that can be made again; data/raw stays
	rm -rf .venv build dist data/work data/public
