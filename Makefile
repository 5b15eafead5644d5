# The two commands for a newcomer are `make demo` and `make test`. Both set up everything they need in .venv and build/.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

DEMO_PACKAGES := g++ make zlib1g-dev libsqlite3-dev binutils
TEST_PACKAGES := $(DEMO_PACKAGES) gcc git doctest-dev libgtest-dev catch2 libboost-test-dev meson clang-19 llvm-19 libclang-rt-19-dev llvm gdb user-mode-linux rustc pkgconf chromium
# Only where the interpreter is there without them: one that was built by hand has headers and venv of its own.
PYTHON_PACKAGES := $(shell $(PYTHON) -c "import ensurepip, os, sysconfig as s; os.stat(s.get_path('include') + '/Python.h')" \
  2>/dev/null || echo python3 python3-dev python3-venv)
ENGINE := cmake -S . -G Ninja -DPYHARNESS_BUILD_PYTHON=OFF -DPYHARNESS_BUILD_TESTS=ON -DPYHARNESS_WERROR=ON
# Reports have functions and lines; more of either costs half of the time to compile.
SANITIZED := -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1 -g1" -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1"
SOURCES := $(shell find cpp pyharness cmake CMakeLists.txt pyproject.toml -type f -not -name '*.pyc')
CPP_FILES = $(shell git ls-files --cached --others --exclude-standard 'cpp/*.h' 'cpp/*.hpp' 'cpp/*.cpp' 'cpp/*.c' 'examples/*.h' 'examples/*.hpp' 'examples/*.cpp' 'examples/*.c')
TIDY_FILES = $(shell git ls-files --cached --others --exclude-standard 'cpp/core/*.cpp' 'cpp/os/*.cpp' 'cpp/engine/*.cpp' 'cpp/host/*.cpp')

.PHONY: demo test test-all faults bench lint engine-tests python-tests format stubs docs demo-system test-system bench-system clean

# ---- for newcomers

demo: demo-system $(VENV)/installed build/examples/built
	@echo
	@echo "== real suites over zlib and SQLite, on 4 threads"
	pyharness test --test-threads=4 build/examples/zlib build/examples/sqlite
	@echo
	@echo "== a test that crashes: the run ends at once and says where (exit code 10)"
	pyharness test --test-threads=4 build/examples/crash; test $$? -eq 10
	@echo
	@echo "demo: all as expected"

test: test-system lint engine-tests python-tests

# ---- the parts of `make test`

# How far clang's analyzer follows calls: all the way takes four times as long, and is for `make test-all`.
DEPTH ?= shallow
ANALYZER = $(addprefix --extra-arg=,-Xclang -analyzer-config -Xclang mode=$(DEPTH))

lint: $(VENV)/installed-dev build/engine/built
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	clang-format --dry-run -Werror $(CPP_FILES)
	printf '%s\n' $(TIDY_FILES) | xargs -P 2 -n 4 clang-tidy --quiet --warnings-as-errors='*' -p build/engine $(ANALYZER)
	python tools/check_generated.py

# All three at once: they wait more than they compute.
engine-tests: build/engine/built build/engine-thread/built build/engine-address/built
	printf '%s/cpp/tests/engine_tests\n' build/engine build/engine-thread build/engine-address | xargs -P 3 -n 1 env

python-tests: $(VENV)/installed-dev build/examples/built
	pytest --numprocesses=auto -m "not slow"

# ---- longer ones

test-all: DEPTH = deep
test-all: test-system lint engine-tests $(VENV)/installed-dev build/examples/built
	pytest --numprocesses=auto

# The whole fault table, LOOPS times.
LOOPS ?= 20
faults: test-system $(VENV)/installed-dev
	PYHARNESS_FAULT_LOOPS=$(LOOPS) pytest tests/behaviour/test_faults.py

bench: test-system bench-system $(VENV)/installed-dev build/engine/built build/examples/built
	python bench/run.py
	python bench/googletest.py
	python bench/coverage.py

# ---- for developers

format: $(VENV)/installed-dev
	ruff check --fix .
	ruff format .
	clang-format -i $(CPP_FILES)

stubs docs: $(VENV)/installed-dev
	python tools/check_generated.py --write

clean:
	rm -rf build $(VENV)

# ---- what they stand on

demo-system:
	@tools/system_packages.sh $(DEMO_PACKAGES) $(PYTHON_PACKAGES)

bench-system:
	@tools/system_packages.sh libgtest-dev clang-19 llvm-19 libclang-rt-19-dev

test-system:
	@tools/system_packages.sh $(TEST_PACKAGES) $(PYTHON_PACKAGES)

$(VENV)/tools: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	pip install --quiet --upgrade pip
	pip install --quiet cmake ninja "scikit-build-core>=0.10" "pybind11>=2.13"
	touch $@

$(VENV)/installed: $(VENV)/tools $(SOURCES)
	pip install --quiet --no-build-isolation .
	touch $@

$(VENV)/developer-tools: $(VENV)/tools
	python tools/developer_requirements.py | xargs -d '\n' pip install --quiet
	touch $@

$(VENV)/installed-dev: $(VENV)/developer-tools $(VENV)/installed
	touch $@

# The build tool knows what has changed, so these always run.
.PHONY: build/engine/built build/engine-thread/built build/engine-address/built build/examples/built
build/engine/built: | $(VENV)/tools
	$(ENGINE) -B build/engine -DCMAKE_BUILD_TYPE=Release > /dev/null
	cmake --build build/engine

build/engine-thread/built: | $(VENV)/tools
	$(ENGINE) -B build/engine-thread $(SANITIZED) -DPYHARNESS_SANITIZE=thread > /dev/null
	cmake --build build/engine-thread

build/engine-address/built: | $(VENV)/tools
	$(ENGINE) -B build/engine-address $(SANITIZED) -DPYHARNESS_SANITIZE=address > /dev/null
	cmake --build build/engine-address

build/examples/built: $(VENV)/installed
	cmake -S examples -B build/examples -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	  -Dpyharness_DIR="$$(pyharness --cmake-dir)" > /dev/null
	cmake --build build/examples
