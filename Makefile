# One command per job; CI and the pre-commit hooks run these same targets and scripts.

PYTHON ?= python3
BIN := .venv/bin
# Many sources of a layer in one compilation: a third of the time. Lint compiles them one by one.
CMAKE := cmake -G Ninja -DSPOT_WERROR=ON -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12
# Most of their time the core tests wait; what else there is runs beside them.
CTEST := ctest --output-on-failure --parallel 3 --test-dir
# The Python tests wait, too; those of one file share what is expensive to set up.
PYTEST := $(BIN)/python -m pytest -n 3 --dist loadfile
# libzmq is built in wherever its sources can be had, because that one is corrected (docs/development.md).
LIBZMQ = SPOT_LIBZMQ_SOURCE_DIR="$$(scripts/libzmq-source.sh || true)"
SOURCES := CMakeLists.txt pyproject.toml $(shell find cmake cpp -type f)

export PYTHON

.PHONY: docs demo test test-py test-cpp test-interop test-asan test-tsan soak lint wheel-check bench bench-peers bench-guard setup clean system-build system-test

demo: .venv/.built  ## a three-node cluster in three processes
	$(BIN)/spot demo

test: test-cpp test-py  ## everything; pytest's closing line comes last

test-py: .venv/.dev
	$(PYTEST)

test-cpp: build/cpp/.built
	$(CTEST) build/cpp

test-asan: | system-test  ## the C++ tests under address and undefined behaviour sanitizers
	$(CMAKE) -S . -B build/asan -DSPOT_SANITIZE="address;undefined" \
	    -DSPOT_BUILD_EXAMPLES=OFF -D$(LIBZMQ)
	cmake --build build/asan
	LSAN_OPTIONS="suppressions=$(CURDIR)/tests/sanitizers/lsan.supp" $(CTEST) build/asan

test-tsan: | system-test  ## the same under the thread sanitizer, which must see into libzmq: bundled
	$(CMAKE) -S . -B build/tsan -DSPOT_SANITIZE=thread \
	    -DSPOT_BUILD_EXAMPLES=OFF -DSPOT_LIBZMQ=bundled -D$(LIBZMQ)
	cmake --build build/tsan
	TSAN_OPTIONS="halt_on_error=1 die_after_fork=0 suppressions=$(CURDIR)/tests/sanitizers/tsan.supp" \
	    scripts/without-aslr.sh $(CTEST) build/tsan

test-interop: .venv/.dev build/interop/.installed  ## plain peers made of zeromq.js and JeroMQ
	$(BIN)/python -m pytest tests/interop/check_interop.py

build/interop/.installed: tests/interop/package.json
	scripts/install-system-packages.sh interop
	mkdir -p $(@D)
	cp $< $(@D)
	npm install --prefix $(@D) --ignore-scripts --no-audit --no-fund --no-package-lock --silent
	@touch $@

SECONDS ?= 600

soak: .venv/.dev  ## the cluster tests with default heartbeats, the chaos lasts SECONDS=600; and a million topics
	SPOTMQ_SOAK_SECONDS=$(SECONDS) $(BIN)/python -m pytest -s tests/cluster tests/python/test_ephemeral_topics.py

lint: .venv/.dev  ## formatting, static analysis and types
	scripts/install-system-packages.sh build test lint
	scripts/lint.sh

docs: .venv/.dev  ## the site, in build/site, with warnings as errors
	scripts/build-docs.sh

wheel-check: .venv/.dev  ## sdist, wheels on every Python there is, and the self-contained wheel
	scripts/install-system-packages.sh wheel
	scripts/check-wheels.sh
	scripts/check-bundled-wheel.sh

bench: .venv/.dev  ## against pyzmq; BENCH=--quick for a short look, BENCH="--peers all" for more peers
	$(BIN)/spot bench throughput $(BENCH)
	$(BIN)/spot bench latency $(BENCH)

bench-peers: .venv/.dev  ## installs the other peers, and what draws plots
	scripts/install-system-packages.sh peers
	$(BIN)/pip install --quiet "spotmq[bench-peers,bench-plots]"

bench-guard: .venv/.dev  ## BASE=<commit> [HEAD=<commit>]: fails if the second is slower or larger than the first
	$(if $(BASE),,$(error bench-guard needs BASE=<commit>))
	$(BIN)/python benchmarks/guard.py $(GUARD) $(BASE) $(HEAD)

setup: .venv/.dev build/cpp/.built  ## ready to work on

clean:
	rm -rf build dist .venv

system-build:
	@scripts/install-system-packages.sh build

system-test:
	@scripts/install-system-packages.sh build test

.venv/bin/pip: | system-build
	$(PYTHON) -m venv .venv

# The package, editable. Without build isolation, so that the tools stay where they were and a rebuild
# compiles only what changed.
.venv/.built: $(SOURCES) | .venv/bin/pip
	$(BIN)/pip install --quiet scikit-build-core pybind11
	$(BIN)/pip install --quiet --no-build-isolation -C cmake.define.$(LIBZMQ) --editable .
	@touch $@

.venv/.dev: .venv/.built pyproject.toml
	$(BIN)/pip install --quiet "spotmq[dev]"
	@touch $@

build/cpp/.built: $(SOURCES) $(shell find tests/cpp examples -name '*.[ch]*') | system-test
	$(CMAKE) -S . -B build/cpp -D$(LIBZMQ)
	cmake --build build/cpp
	@touch $@
