# Every target sets up what it needs by itself and does nothing twice: a stamp file stands for the virtual
# environment and one for the npm packages, each older than what it was made from when it must be renewed.
#
#   make test PYTHON=python3.12 VENV=.venv-3.12     another interpreter, in an environment of its own
#   make test PYTEST_ARGS='-k pipeline -x'          part of the tests

VENV ?= .venv
# Empty: scripts/find-python chooses.
PYTHON ?=
PYTEST_ARGS ?=
# On all cores; the tests of a file stay together, which share what takes long to make.
PYTEST := -q -n auto --dist loadfile
# What runs a second time, over the socket library of an installation without extras.
SOCKET_TESTS := tests/connecting tests/faults tests/hostile tests/interop tests/reconnect
# How long `make fuzz` runs.
FUZZ_SECONDS ?= 60

BIN := $(VENV)/bin
VENV_READY := $(VENV)/.ready
FUZZ_READY := $(VENV)/.fuzz-ready
NODE_READY := tests/interop/node_modules/.ready
VERSIONS := 3.11 3.12 3.13

# The compiled runtime has an environment of its own, where it is installed like any wheel.
COMPILED_VENV ?= .venv-compiled
COMPILED_READY := $(COMPILED_VENV)/.compiled
# Other libraries that `make bench` measures, which nothing else needs, have one too.
PEERS_VENV ?= .venv-peers
PEERS_READY := $(PEERS_VENV)/.ready
# All tests of the runtime; those of the generator, its types and the docs run no other code of it.
RUNTIME_TESTS := $(addprefix tests/,aio connecting contracts core faults fuzz hostile interop joined ports \
	reconnect testing wire)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-all compiled lint bench bench-quick bench-compiled bench-growth bench-generator soak fuzz format setup constraints clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(VENV_READY) ## generate, type-check and run the examples, and tell what happens
	@$(BIN)/python examples/demo.py

test: lint $(NODE_READY) ## lint, then all tests on one Python
	@$(BIN)/pytest $(PYTEST) $(PYTEST_ARGS)
	@$(BIN)/pytest $(PYTEST) --socket-library websockets $(PYTEST_ARGS) $(SOCKET_TESTS) \
		|| [ $$? -eq 5 ]  # PYTEST_ARGS may choose none of them

test-all: $(NODE_READY) ## all tests on every Python from 3.11 to 3.13 that is found
	@failed=; tested=; missing=; \
	for version in $(VERSIONS); do \
		if python=$$(scripts/find-python $$version 2>/dev/null); then \
			echo "== Python $$version: $$python"; \
			$(MAKE) --no-print-directory VENV=.venv-$$version PYTHON="$$python" .venv-$$version/.ready && \
				.venv-$$version/bin/pytest $(PYTEST) $(PYTEST_ARGS) || failed="$$failed $$version"; \
			tested="$$tested $$version"; \
		else \
			missing="$$missing $$version"; \
		fi; \
	done; \
	echo "tested:$${tested:- none} · failed:$${failed:- none} · not found:$${missing:- none}"; \
	[ -n "$$tested" ] && [ -z "$$failed" ]

compiled: $(COMPILED_READY) $(NODE_READY) ## the tests of the runtime over a compiled wheel of it, left in dist/compiled
	@$(COMPILED_VENV)/bin/pytest $(PYTEST) --compiled $(PYTEST_ARGS) $(RUNTIME_TESTS)

lint: $(VENV_READY) ## ruff, mypy --strict and the layers of the packages, in seconds
	@failed=; \
	$(BIN)/ruff check --quiet --output-format concise || failed=1; \
	$(BIN)/ruff format --quiet --check --output-format concise \
		|| { echo 'make format puts these in order.'; failed=1; }; \
	$(BIN)/mypy || failed=1; \
	layers=$$($(BIN)/lint-imports 2>&1) || { printf '%s\n' "$$layers"; failed=1; }; \
	[ -z "$$failed" ]

bench: $(VENV_READY) $(NODE_READY) $(PEERS_READY) ## every figure of the bar beside npm capnweb on Node, both measured in this run
	@$(BIN)/python -m benchmarks --others $(PEERS_VENV)/bin/python

bench-quick: $(VENV_READY) $(NODE_READY) ## the same in two minutes, coarser, without other libraries
	@$(BIN)/python -m benchmarks --quick

bench-compiled: $(VENV_READY) $(COMPILED_READY) ## the compiled runtime beside the sources
	@$(BIN)/python -m benchmarks.compiled $(COMPILED_VENV)/bin/python

bench-growth: $(VENV_READY) ## how cost grows with calls, sessions, payloads, maps, objects
	@$(BIN)/python -m benchmarks.growth

soak: $(VENV_READY) ## ten million calls, and the memory after each million
	@$(BIN)/python -m benchmarks.soak

bench-generator: $(VENV_READY) ## how long the generator takes for a large module, and its output to import
	@$(BIN)/python -m benchmarks.generator

fuzz: $(FUZZ_READY) ## throw changed messages at a session for FUZZ_SECONDS seconds
	@$(BIN)/python -m fuzz $(FUZZ_SECONDS)

format: $(VENV_READY) ## put the sources in order: safe fixes of ruff, then its formatter
	@$(BIN)/ruff check --quiet --fix-only
	@$(BIN)/ruff format

setup: $(VENV_READY) $(NODE_READY) ## only what the other targets install

constraints: ## look up the newest versions of all dependencies and pin them
	@pythons=; for version in $(VERSIONS); do \
		python=$$(scripts/find-python $$version) || exit 1; pythons="$$pythons $$python"; \
	done; \
	set -- $$pythons; "$$1" scripts/update-constraints $$pythons

clean: ## remove everything that a target made
	rm -rf .venv .venv-* dist runtime/dist tests/interop/node_modules examples/*/*_rpc
	find . -name .git -prune -o -type d \( -name __pycache__ -o -name '.*_cache' -o -name .hypothesis \) \
		-prune -exec rm -rf {} +

$(VENV_READY): pyproject.toml runtime/pyproject.toml constraints.txt scripts/make-venv
	@scripts/make-venv $(VENV) $(PYTHON)
	@touch $@

# Over the editable install, whose place the wheel takes. What it was made of is checked by --compiled.
$(COMPILED_READY): runtime/hatch_build.py $(shell find runtime/capnweb_runtime -name '*.py') \
		pyproject.toml runtime/pyproject.toml constraints.txt scripts/make-venv
	@scripts/make-venv $(COMPILED_VENV) $(PYTHON)
	@echo 'Compiling the runtime ...'
	@rm -rf dist/compiled
	@out=$$(HATCH_BUILD_HOOKS_ENABLE=true $(COMPILED_VENV)/bin/python -m build --wheel --no-isolation \
		--outdir dist/compiled runtime 2>&1 \
		&& $(COMPILED_VENV)/bin/python -m pip install --no-deps --force-reinstall dist/compiled/*.whl 2>&1) \
		|| { printf '%s\n' "$$out" >&2; exit 1; }
	@touch $@

$(PEERS_READY): benchmarks/others.txt benchmarks/constraints.txt scripts/make-peers | $(VENV_READY)
	@scripts/make-peers $(PEERS_VENV) $(BIN)/python
	@touch $@

$(FUZZ_READY): $(VENV_READY)
	@out=$$($(BIN)/python -m pip install -c constraints.txt --no-build-isolation -e '.[fuzz]' 2>&1) \
		|| { printf '%s\n' "$$out" >&2; exit 1; }
	@touch $@

$(NODE_READY): tests/interop/package.json tests/interop/package-lock.json tests/interop/.npmrc
	@command -v npm >/dev/null || { \
		echo 'npm was not found: the interop tests need Node 20 or later, with npm.' >&2; exit 1; }
	@echo 'Installing the npm packages of the interop tests ...'
	@cd tests/interop && out=$$(npm ci --no-audit --no-fund --ignore-scripts 2>&1) \
		|| { printf '%s\n' "$$out" >&2; exit 1; }
	@touch $@
