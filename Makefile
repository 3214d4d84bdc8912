# Vardar's commands: `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run serve train check lint fix types layers test nightly bench peers postgres spark hooks

PORT ?= 3000
export PORT
# Nothing phones home.
export BENTOML_DO_NOT_TRACK := True
export MLFLOW_DISABLE_TELEMETRY := true
export DVC_NO_ANALYTICS := true
export DO_NOT_TRACK := true

# uv is used if it is there, and otherwise put into a folder of its own.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --no-sync
DEMO := --home var/demo
# The made-up period ends here; the demo goes on from there, whatever today is.
DEMO_NOW := 2026-07-01T06:00:00Z

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.uv/bin/uv:
	python3 -m venv .uv && .uv/bin/pip install --quiet uv

ifeq ($(UV),.uv/bin/uv)
setup: .uv/bin/uv
endif
setup: ## install everything into .venv (but Spark: make spark)
	$(UV) sync --extra serving --extra training --inexact --quiet
	@git rev-parse --git-dir >/dev/null 2>&1 && $(RUN) pre-commit install >/dev/null || true

run: setup train serve ## set up, build the demo period, train, and serve it

train: ## build the demo period and train its champion (only what changed)
	$(RUN) dvc repro
	$(RUN) vardar register $(DEMO)

serve: ## serve the demo's champion on http://127.0.0.1:3000 (PORT to change it)
	$(RUN) vardar serve $(DEMO) --as-if $(DEMO_NOW) --port $(PORT) --demo-logins

check: lint types layers ## fast checks: style, types, layers, fast tests
	$(RUN) pytest -q -n auto -m "not slow and not nightly"

lint: ## style
	$(RUN) ruff check
	$(RUN) ruff format --check

fix: ## mend what can be mended by itself
	$(RUN) ruff check --fix
	$(RUN) ruff format

types: ## types
	$(RUN) mypy

layers: ## which package may import which
	$(RUN) lint-imports

test: setup ## all tests but the nightly ones
	$(RUN) pytest -q -m "not nightly"

nightly: setup ## all tests, the long ones too
	HYPOTHESIS_PROFILE=nightly $(RUN) pytest -q

bench: setup peers ## benchmarks: they print tables and judge nothing
	$(RUN) python -m bench

peers: ## install what the benchmarks compare with
	$(UV) sync --group bench --inexact --quiet

postgres: ## start PostgreSQL on loopback for the tests
	.ci/postgres start

spark: ## install Spark, and Java 17 if there is none
	UV=$(UV) .ci/spark
