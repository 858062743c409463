# Everything goes through dev/, which builds what is missing first.
PYTHON ?= python3
IN_VENV = $(PYTHON) -m dev.bootstrap

.PHONY: help demo demo-reset test lint bench quality peers pot pictures

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 14

demo: ## a working Odoo with the add-on and living data; a second run keeps its data
	@$(IN_VENV) dev.demo

demo-reset: ## the same, from the beginning
	@$(IN_VENV) dev.demo --reset

test: ## all tests: Python, JavaScript, tours; ARGS="-k name" for some
	@$(IN_VENV) dev.tests $(ARGS)

lint: ## ruff, pylint-odoo, prettier, eslint …; ARGS=--fix mends what tools can mend
	@$(PYTHON) -m dev.lint $(ARGS)

bench: ## the figures of docs/benchmarks.md, into build/bench.json
	@$(IN_VENV) dev.bench $(ARGS)

quality: ## the figures of docs/matching.md, into build/quality.json
	@$(IN_VENV) dev.quality $(ARGS)

peers: ## real local servers of networks, until Ctrl-C
	@$(IN_VENV) dev.peers $(ARGS)

pot: ## the translation templates, after a change of words (needs a make test before)
	@$(IN_VENV) dev.translations

pictures: ## the pictures of README and docs, from the running demo
	@$(IN_VENV) dev.pictures $(ARGS)
