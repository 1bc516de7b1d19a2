# Few lines each; the work is in .ci/ and ops/. `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
SCENARIO ?= include/scenario
RUN := env PYTHONPATH=$(CURDIR)/plugins:$(CURDIR) .venv/bin/python

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: ## run the whole loop on SCENARIO=<directory> and prove that every law holds
	@.ci/bootstrap runtime && exec $(RUN) -m ops.demo "$(SCENARIO)"

up: ## keep the services of SCENARIO running; UI on http://localhost:8080
	@.ci/bootstrap runtime && exec $(RUN) -m ops.up "$(SCENARIO)"

down: ## stop them
	@.ci/bootstrap runtime && exec $(RUN) -m ops.down

test: ## checks and all tests, quick ones first; TIER=rules|services|airflow|whole for one tier
	@.ci/bootstrap dev && .ci/test $(TIER)

check: ## format, lint, types, SQL lint, layers
	@.ci/bootstrap dev && .ci/check

fmt: ## format Python and SQL and mend what lint can mend
	@.ci/bootstrap dev && .ci/fmt

bench: ## measure our paths beside their limits; ROWS=, ROUNDS=, CASES="..."
	@.ci/bootstrap dev && exec $(RUN) -m bench --rows $(or $(ROWS),1000000) --rounds $(or $(ROUNDS),5) $(CASES)

verify: ## recompute the event log's hash chain of SCENARIO= or DSN= [PUBLISHED=<folder>]; CHANGES=<n> SEED=<n> tampers
	@.ci/bootstrap runtime && exec $(RUN) -m ops.verify "$(SCENARIO)" $(if $(DSN),--dsn "$(DSN)") \
		$(if $(PUBLISHED),--published "$(PUBLISHED)") $(if $(CHANGES),--changes $(CHANGES)) $(if $(SEED),--seed $(SEED))

docs: ## write the pages that are made from the sources
	@.ci/bootstrap dev && $(RUN) -m ops.documentation

.PHONY: help demo up down test check fmt bench verify docs
