# Few lines each; the work is in .ci/ and ops/. `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
SCENARIO ?= include/scenario
RUN := env PYTHONPATH=$(CURDIR)/plugins:$(CURDIR) .venv/bin/python

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: ## run the whole loop on SCENARIO=<directory> and prove that every law holds; PROFILE=<overlay>, HOSTED=1, WORKERS=2
	@.ci/bootstrap $(if $(WORKERS),production,runtime) && exec $(RUN) -m ops.demo "$(SCENARIO)" $(if $(PROFILE),"$(PROFILE)") \
		$(if $(HOSTED),--hosted) $(if $(WORKERS),--workers "$(WORKERS)")

up: ## keep the services of SCENARIO running; UI on http://localhost:8080; HOSTED=1
	@.ci/bootstrap runtime && exec $(RUN) -m ops.up "$(SCENARIO)" $(if $(PROFILE),"$(PROFILE)") $(if $(HOSTED),--hosted)

down: ## stop them
	@.ci/bootstrap runtime && exec $(RUN) -m ops.down

test: ## all tests, quick ones first, and checks; TIER=rules|services|airflow|demo|quick|whole|laws|live for one tier
	@.ci/bootstrap dev && .ci/test $(TIER)

check: ## format, lint, types, SQL lint, layers, secrets
	@.ci/bootstrap dev && .ci/check

fmt: ## format Python and SQL and mend what lint can mend
	@.ci/bootstrap dev && .ci/fmt

bench: ## measure our paths beside limits and rivals; ROWS=, ROUNDS=, CASES="...", QUICK=1 for few rows once
	@.ci/bootstrap dev && .ci/rivals && exec $(RUN) -m bench $(if $(QUICK),--quick) $(if $(ROWS),--rows $(ROWS)) \
		$(if $(ROUNDS),--rounds $(ROUNDS)) $(CASES)

crash: ## kill workers at every point and at random until N=<kills> died, SEED=<n>; compare the books
	@.ci/bootstrap dev && exec $(RUN) -m tests.crash --kills $(or $(N),3000) --seed $(or $(SEED),1) $(if $(WORLD),--world $(WORLD))

soak: ## three companies live through MONTHS=30 months, SEED=<n>, while workers die at random; compare every month's books
	@.ci/bootstrap dev && exec $(RUN) -m tests.crash.soak --months $(or $(MONTHS),30) --seed $(or $(SEED),1)

defects: ## take one protection after another out of a copy of the source; a test must notice each; ONLY=<name begins so>
	@.ci/bootstrap dev && exec $(RUN) -m tests.crash.defect_hunt --only "$(ONLY)"

hardness: ## send every malformed transfer, all bytes and foreign bad input; figures in var/hardness/
	@.ci/bootstrap dev && .ci/packages && exec $(RUN) -m tests.hooks.hardness

restore-drill: ## lose the database of SCENARIO's demo on copies, restore it to a moment, prove that nothing is lost or sent twice
	@.ci/bootstrap runtime && exec $(RUN) -m ops.restore_drill "$(SCENARIO)"

verify: ## recompute the event log's hash chain of SCENARIO= or DSN= [PUBLISHED=<folder>]; CHANGES=<n> SEED=<n> tampers
	@.ci/bootstrap runtime && exec $(RUN) -m ops.verify "$(SCENARIO)" $(if $(DSN),--dsn "$(DSN)") \
		$(if $(PUBLISHED),--published "$(PUBLISHED)") $(if $(CHANGES),--changes $(CHANGES)) $(if $(SEED),--seed $(SEED))

sbom: ## write what production is made of (CycloneDX) to var/sbom/
	@.ci/bootstrap dev && .ci/sbom

docs: ## write the pages that are made from the sources
	@.ci/bootstrap dev && $(RUN) -m ops.documentation

.PHONY: help demo restore-drill up down test check fmt bench crash soak defects docs hardness sbom verify
