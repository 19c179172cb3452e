# make run    install, train if need be, and serve the demo shop on http://127.0.0.1:8080
# make test   install and run every test and check
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

VENV := .venv
STAMP := $(VENV)/.installed
BIN := $(VENV)/bin
UV := $(CURDIR)/setup/uv
PACKAGES := rma bot actions gateway retour

.PHONY: help setup run test bench lock

help:
	@sed -n 's/^# make/make/p' Makefile
	@echo 'make setup  the installing alone; then the command is $(BIN)/retour'
	@echo 'make bench  print the benchmark tables'
	@echo 'make lock   write requirements.txt anew from pyproject.toml'

setup: $(STAMP)

# Only what pins packages, or installs them, asks for another installation.
$(STAMP): requirements.txt setup/install setup/uv setup/python setup/retour
	@setup/install

run: setup
	@exec $(BIN)/retour up

test: setup
	@setup/test-tools
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/python -m pytest -n 2 --dist loadfile

bench: setup
	@$(BIN)/python -m bench

lock:
	$(UV) lock --upgrade
	$(UV) export --all-groups --format requirements.txt --no-annotate --no-header --output-file requirements.txt >/dev/null
	@! grep -nE 'https?://' requirements.txt || { echo 'requirements.txt names a download address'; exit 1; }
