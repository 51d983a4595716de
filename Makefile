# Everything starts here. A machine needs Python 3.11 or newer and make; the rest is set up by the first target that runs.
PYTHON ?= python3
UV_VERSION := 0.13.9
UV := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
export UV_PYTHON_DOWNLOADS := never
# Where it is set, as in many images, each of the hundreds of processes that tests start compiles all it imports.
unexport PYTHONDONTWRITEBYTECODE

# What counts seconds or stops what all tests use is not run beside other tests.
COMMANDS := $(addprefix tests/cli/test_,commands.py pausing.py stop.py)
FAULTS := $(filter-out %/test_series_over_time.py,$(wildcard tests/faults/test_*.py))
ALONE := tests/test_relay.py tests/store/embedded tests/e2e $(COMMANDS) $(FAULTS)
BESIDE := $(addprefix --ignore=,$(ALONE))

.PHONY: help setup run serve test e2e-full test-postgres15 check bench contract stack
help: ## show this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 17

.uv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "todo-mcp needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv .uv || { echo "Python's venv module is missing (Debian: apt-get install python3-venv)"; exit 1; }
	@.uv/bin/pip install --quiet uv==$(UV_VERSION)

.venv/.synced: pyproject.toml uv.lock | $(filter .uv/bin/uv,$(UV))
	@$(UV) sync --frozen --quiet --python $(PYTHON)
	@touch $@

setup: .venv/.synced

run: setup ## the real server through an afternoon of requests, each call and answer printed
	@.venv/bin/python tools/afternoon.py

serve: setup ## keep a server running; prints the lines for Claude, VS Code and Cursor
	@.venv/bin/todo-mcp serve --with-worker

stack: setup ## Kafka, Dapr, PostgreSQL, a server and a worker, all real (SECURE=1, MTLS=1, WORKERS=2); the first time builds for minutes
	@exec .venv/bin/python -m tools.stack

check: setup ## lint, types, layers
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports
	.venv/bin/pyright
	$(UV) lock --check --python $(PYTHON)

test: check ## everything CI runs: lint, types, layers, all tests
	rm -f .coverage*
	.venv/bin/pytest -q -m milliseconds tests/domain tests/server
	.venv/bin/pytest -q -n 2 -m "many and not milliseconds and not full" $(BESIDE)
	.venv/bin/coverage run -m pytest -q -n 2 -m "not many and not milliseconds and not full" $(BESIDE)
	.venv/bin/coverage run -m pytest -q -m "not full" $(ALONE)
	.venv/bin/coverage combine -q
	.venv/bin/coverage report

e2e-full: setup ## all tests on real daprd, Kafka and PostgreSQL: each part killed and stopped, each wake-up alone
	.venv/bin/pytest -q -m full tests/service
	.venv/bin/pytest -q tests/e2e/stack

test-postgres15: setup ## the store's tests on PostgreSQL 15, the oldest supported; left out where it is not installed
	.venv/bin/python tools/postgres15.py

bench: setup ## the figures, as ratios within one run
	.venv/bin/python -m tools.bench

contract: setup ## write tools/contract/*.json, docs/events/*.json and the examples of docs/events.md from the code
	.venv/bin/python -m tools.contract.write
	.venv/bin/python -m tools.contract.events
	.venv/bin/python -m tools.contract.examples
