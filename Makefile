# `make demo` and `make test` need Python 3.11 with pip, and nothing else: they set up .venv themselves.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/ready

# The fast tests: what is judged without a solve, a service or a database.
QUICK := tests/models tests/scheduler/intake tests/scheduler/report tests/scheduler/rules/test_rules.py tests/scheduler/exchange/mis \
	tests/solver/language tests/solver/network tests/solver/rcpsp/test_project_view.py tests/solver/dantzig_wolfe/test_rows.py \
	tests/test_house.py tests/test_operations.py -k "not agree"
QUICK_SKIPS := everything that solves (agreement of encodings with checkers, oracle, mutants, searches, examples), formats and \
	workbooks, databases, jobs, the API, the commands in documents

# Runs tests, and says in the last line how long they took, whether they pass or not.
define timed
	@began=$$(date +%s); $(1); code=$$?; took=$$(($$(date +%s) - began)); \
	echo "make $(2): $$((took / 60)) min $$((took % 60)) s; the target is $(3) alone on 2 cores"; exit $$code
endef

.PHONY: help venv demo quick test test-web screens rule check format bench bench-nrp soak docs lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "make %-10s %s\n", $$1, $$2 }'

venv: $(READY) ## everything the project needs, in .venv

# Written at the very end: as long as this file is missing, the environment is not ready.
$(READY): requirements/dev.txt pyproject.toml
	@rm -f $@
	@echo "1 of 3: the packages, into .venv"
	$(PYTHON) -m venv --without-pip .venv
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --require-hashes --requirement requirements/dev.txt
	@echo "2 of 3: the project itself"
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --no-deps --no-build-isolation --editable .
	@echo "3 of 3: the solver's kernels"
	$(BIN)/python -m solver.search.warm_up
	@date "+This environment can be used since %F %T." > $@
	@cat $@

demo: $(READY) ## solve the summer hub, write it as a page, and say at which link its board stands
	mkdir -p build
	$(BIN)/schoolrota example summer-hub > build/summer-hub.json
	$(BIN)/schoolrota demo summer-hub --seconds 30 --database build/demo.db --html build/summer-hub.html
	@echo
	@echo "The rota, to hang up:   build/summer-hub.html (a sheet for each week; then the full report for the office)"
	@echo "The request behind it:  build/summer-hub.json (change it, then solve it again)"

quick: $(READY) ## the fast tests, under 90 s; says what it leaves out
	@echo "Left out: $(QUICK_SKIPS)."
	$(call timed,$(BIN)/pytest --numprocesses 2 --quiet $(QUICK),quick,90 s)

test: $(READY) ## all tests but the long ones, two at a time; says how long it took
	$(call timed,$(BIN)/pytest --numprocesses 2,test,8 min)

test-web: $(READY) ## the pages in a browser (Debian: apt-get install chromium); fails without one
	$(BIN)/pytest --quiet -m web tests/web

screens: $(READY) ## pictures of every screen, in build/screens, and those of the documents
	$(BIN)/python -m tests.web.screens build/screens
	cp build/screens/board.png build/screens/cell.png build/screens/duties.png build/screens/watch.png \
		build/screens/cost.png build/screens/why.png docs/pictures/

# Drawings, agreement, history, scope, mutants and clock changes of one rule; nothing else is collected.
rule: $(READY) ## the tests of one rule, in seconds: make rule KIND=consecutive_days
	RULE=$(KIND) $(BIN)/pytest --quiet tests/scheduler/rules/test_rules.py tests/scheduler/rules/test_history.py \
		tests/scheduler/rules/test_scope.py tests/scheduler/rules/test_odd_weeks.py tests/scheduler/rules/test_generic_mutants.py tests/models/facts/test_clock_changes.py

check: $(READY) ## lint, format, types, and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## mend what can be mended without thought
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(READY) ## measure the shared hub
	$(BIN)/python -m benchmarks hub

bench-nrp: $(READY) ## measure the public instances in the folder NRP=...
	$(BIN)/python -m benchmarks nrp $(NRP)/*.txt --seconds $(or $(SECONDS),60)

soak: $(READY) ## the long property and chaos runs, and in full what `make test` tries a share of
	SOAK=1 $(BIN)/pytest -m "soak or more"

docs: $(READY) ## write the rulebook page, openapi.json and the schemas again
	$(BIN)/python -m scheduler.intake.rulebook_page
	$(BIN)/python -m api.openapi
	$(BIN)/python -m scheduler.exchange.schemas

LOCK := $(BIN)/uv pip compile --no-config --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" --quiet --upgrade

lock: $(READY) ## choose the newest versions allowed, and write down their hashes
	$(LOCK) pyproject.toml --output-file requirements/runtime.txt
	$(LOCK) pyproject.toml --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt
	$(LOCK) --group build --constraint requirements/dev.txt --output-file requirements/build.txt

clean: ## remove everything that was made
	rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
