# Vardar's commands: `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run serve train check lint fix types layers test nightly bench peers postgres browser pictures spark hooks bento image compose-files up

PORT ?= 3000
export PORT
PACKED ?= $(CURDIR)/var/bentos
# Nothing phones home.
export BENTOML_DO_NOT_TRACK := True
export MLFLOW_DISABLE_TELEMETRY := true
export DVC_NO_ANALYTICS := true
export DO_NOT_TRACK := true
# What is imported is compiled once, and not anew in every process.
unexport PYTHONDONTWRITEBYTECODE

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
	$(RUN) pytest -q -n auto --dist loadfile --no-loadscope-reorder -m "not nightly"

nightly: setup ## all tests, the long ones too
	HYPOTHESIS_PROFILE=nightly $(RUN) pytest -q

bench: setup peers ## benchmarks: they print tables and judge nothing
	$(RUN) python -m bench

peers: ## install what the benchmarks compare with
	$(UV) sync --group bench --inexact --quiet

bento: ## pack the service as a bento, its libraries as uv.lock has them (PACKED to choose the folder)
	@mkdir -p var
	$(UV) export --frozen --quiet --no-dev --extra serving --no-emit-project --no-hashes > var/requirements.txt
	PATH="$(CURDIR)/.uv/bin:$$PATH" BENTOML_HOME=$(PACKED) $(RUN) bentoml build --output tag # it asks for uv

compose-files: ## make the secrets that compose.yaml mounts, once
	.ci/compose-files var/compose

image: ## build the service's image (needs Docker)
	docker build --tag vardar .

up: compose-files ## PostgreSQL and the service in containers, on loopback (needs Docker)
	VARDAR_UID=$$(id -u) VARDAR_GID=$$(id -g) PORT=$(PORT) docker compose up --build --wait

postgres: ## start PostgreSQL on loopback for the tests
	.ci/postgres start

browser: ## install Chromium for the tests that look at pages, if there is none
	.ci/browser

pictures: browser ## take the README's pictures of the pages anew, from the demo
	$(RUN) python -m tests.picturing

spark: ## install Spark, and Java 17 if there is none
	UV=$(UV) .ci/spark
