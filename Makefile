# A short face for setup, CMake and the suites. `make help` lists the targets.

PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 20
PRESETS ?= dev release
HELM ?=
CORPUS ?=
COUNT ?= 20000
SEED ?= 1
HARVEST ?=
ONLY ?=

.DEFAULT_GOAL := build
.PHONY: registries function-order help setup build run demo test quick bench fuzz conformance postrender-twin vectors differential alloc-failures helm-cases command-lines made-up-charts test-cluster test-cluster-core try-cluster bench-cluster bench-repositories lint format install clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 17

setup: ## get and build what Bulkhead leans on, once (into a cache outside the tree)
	@scripts/setup

build: setup ## build/release/bin/bulkhead
	@scripts/build release

run: setup ## set up, build, and render an example
	@scripts/build release bulkhead
	@scripts/run-example

demo: setup ## the story of plugins in one minute, on this machine alone
	@scripts/build release bulkhead test-plugins
	@scripts/demo

test: setup ## unit tests and checks: under the sanitizers, then as released
	@scripts/run-tests $(PRESETS)

quick: setup ## while editing: unit tests under the sanitizers, nothing else
	@scripts/build dev unit-tests
	@ctest --test-dir build/dev --output-on-failure -j 4 -R '^unit\.' --progress

bench: build ## HELM=path [CORPUS=dir]: speed and memory beside the real helm, into docs/performance.md
	@build/release/tools/guard-bench
	@python3 bench/plugins.py $(if $(HELM),--helm "$(HELM)" --table docs/performance.md)
	@python3 bench/run.py $(if $(HELM),--helm "$(HELM)") $(if $(CORPUS),--corpus "$(CORPUS)") $(if $(and $(HELM),$(CORPUS)),--table docs/performance.md)

registries: build ## HELM=path [CORPUS=dir]: OCI registries beside the real helm: the same bytes in both directions, and how fast (needs docker-registry)
	@scripts/build release oci-probe
	@HELM="$(HELM)" CORPUS="$(CORPUS)" python3 tests/oci/run.py build/release/tests/oci-probe build/release/bin/bulkhead
	@HELM="$(HELM)" CORPUS="$(CORPUS)" python3 tests/registry/interop.py build/release/bin/bulkhead
	@python3 bench/registry.py build/release/bin/bulkhead build/release/tests/oci-probe $(HELM)

function-order: build ## CORPUS=dir: which functions usual renders run, into cmake/order*.txt, for the next build (needs valgrind)
	@scripts/function-order "$(CORPUS)"

fuzz: setup ## every fuzz target for FUZZ_SECONDS
	@scripts/build fuzz fuzz-targets
	@scripts/run-fuzz $(FUZZ_SECONDS)

conformance: build ## CORPUS=dir [HELM=path]: public charts against what helm renders
	@python3 tests/conformance/run.py --corpus "$(CORPUS)" $(if $(HELM),--helm "$(HELM)")

postrender-twin: build ## CORPUS=dir HELM=path: public charts through a post-renderer that changes nothing
	@python3 tests/postrender/twin.py --corpus "$(CORPUS)" --helm "$(HELM)"

vectors: build ## VECTORS=dir: operations against the oracle's answers
	@python3 "$(VECTORS)/run_vectors.py" scripts/vector-server

alloc-failures: setup ## VECTORS=dir: the same with every allocation failing in turn, under the sanitizers
	@scripts/build dev vector-native
	@python3 tests/alloc/requests.py "$(VECTORS)" | build/dev/bin/vector-native --starve 60

differential: build ## [COUNT=n] [SEED=n] [HARVEST=path]: generated inputs beside Helm's own libraries (needs Go)
	@HARVEST="$(HARVEST)" scripts/differential $(COUNT) $(SEED)

helm-cases: build ## CASES=dir: command lines against helm's behaviour
	@python3 "$(CASES)/run_cases.py" build/release/bin/bulkhead

command-lines: COUNT = 300
command-lines: build ## HELM=path [COUNT=n] [SEED=n]: made-up command lines beside the real helm
	@python3 tests/cli/generated.py --helm "$(HELM)" $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED))

made-up-charts: COUNT = 100
made-up-charts: build ## HELM=path [COUNT=n] [SEED=n]: made-up charts, and what commands make of them, beside the real helm
	@python3 tests/cli/charts.py --helm "$(HELM)" $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED))

test-cluster: build ## [HELM=path] [CORPUS=dir] [ONLY=text]: the life of releases on a real API server (built once; takes Go)
	@python3 tests/cluster/run.py --bulkhead build/release/bin/bulkhead --probe build/release/tests/cluster-probe $(if $(HELM),--helm "$(HELM)") $(if $(CORPUS),--corpus "$(CORPUS)") $(if $(ONLY),--only "$(ONLY)")

test-cluster-core: build ## [HELM=path] [CORPUS=dir]: a choice of that, in three minutes
	@python3 tests/cluster/run.py --bulkhead build/release/bin/bulkhead --probe build/release/tests/cluster-probe --core $(if $(HELM),--helm "$(HELM)") $(if $(CORPUS),--corpus "$(CORPUS)")

bench-repositories: build ## HELM=path: repositories and dependencies beside the real helm
	@python3 bench/repositories.py build/release/bin/bulkhead "$(HELM)"

bench-cluster: build ## HELM=path: releases on a real API server beside the real helm, into docs/performance.md
	@python3 bench/cluster.py --helm "$(HELM)" --table docs/performance.md

try-cluster: setup ## a real API server with the example chart on it, to play with
	@scripts/build release bulkhead
	@scripts/try-cluster

lint: setup ## format, sizes, layers, headers, banned functions, clang-tidy
	@scripts/lint

format: ## rewrite the sources in the project's format
	@scripts/format

install: build ## PREFIX=dir [DESTDIR=dir]: bin/bulkhead
	@DESTDIR="$(DESTDIR)" cmake --install build/release --prefix "$(PREFIX)"

clean: ## remove build/ (the cache outside the tree stays)
	@rm -rf build
