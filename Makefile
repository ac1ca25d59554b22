# The targets need Python 3.10 or newer and nothing else: the first one makes the virtual environment.
PYTHON ?= python3
VENV   ?= .venv
# The torch to install, as pip is told: by default one build for the CPU. For a GPU: make run TORCH=torch
TORCH  ?= torch==2.13.0 --extra-index-url https://download.pytorch.org/whl/cpu
# What pip keeps to besides what is asked for: the releases that CI runs with (nothing: CONSTRAINTS=).
CONSTRAINTS ?= constraints.txt
# What the environment is for: developing; the test of the installed package asks for a wheel instead.
WHAT   ?= -e ".[dev]"
OLDEST ?= python$(shell sed -n 's/^min_python = //p' settings.ini)
# What make bench measures: a script of benchmarks/, or else a suite of dynmoe benchmark; ARGS are its options.
BENCH  = $(if $(wildcard benchmarks/$(NAME).py),python benchmarks/$(NAME).py,dynmoe benchmark $(NAME) --out benchmarks/records)
# Where make run writes: a new folder below runs/ each time.
OUT    := $(or $(OUT),runs/$(shell date +%Y%m%d-%H%M%S))

BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PIP    := $(BIN)/python -m pip --disable-pip-version-check install -qq

.DEFAULT_GOAL := help
.PHONY: help run app bench test lowest constraints docs execute readme prepare clean

help: ## what there is to make
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

run: $(STAMP) ## train on a system that changes regime and report, then continue a series (a few minutes)
	$(BIN)/dynmoe train --system piecewise_lorenz --param r=0.5 --budget 150 --out $(OUT)/regimes
	$(BIN)/dynmoe forecast --demo lorenz63 --out $(OUT)/forecast
	@echo "open $(OUT)/regimes/report.html and $(OUT)/forecast/forecast.png"

app: $(STAMP) ## forecast tables of your own in the browser
	$(BIN)/dynmoe app

# Notebooks run side by side, one process per core, and so do the files of tests: more threads in each would only slow them down.
test: export OMP_NUM_THREADS ?= 1
# numba takes a kernel from its cache as long as the file or the cell that defines it is what it was, whatever has become of
# others that are compiled into it. So each state of the code has a cache of its own; it finds that of cells by XDG_CACHE_HOME.
test: export NUMBA_CACHE_DIR = $(CURDIR)/build/kernels/$(shell find dynmoe nbs -name '*.py' -o -name '*.ipynb' | LC_ALL=C sort | tr '\n' '\0' | xargs -0 cat | cksum | tr ' ' -)
test: $(STAMP) ## the tests in the notebooks, then those in tests/
	@mkdir -p "$$NUMBA_CACHE_DIR" && touch "$$NUMBA_CACHE_DIR" && find build/kernels -mindepth 1 -maxdepth 1 -mtime +7 -exec rm -rf {} +
	@failed=0; XDG_CACHE_HOME="$$NUMBA_CACHE_DIR" $(BIN)/nbdev_test || failed=1; $(BIN)/pytest -n auto --dist loadfile || failed=1; exit $$failed

bench: export OMP_NUM_THREADS ?= 1
bench: $(STAMP) ## measure something and keep a record in benchmarks/records: make bench NAME=dysts ARGS="--data dev.npz"
	$(if $(NAME),,$(error NAME=: expected a suite of dynmoe benchmark, or a script of benchmarks/ ($(patsubst benchmarks/%.py,%,$(filter-out benchmarks/common.py benchmarks/automata.py,$(wildcard benchmarks/*.py)))), for example make bench NAME=iteration))
	$(BIN)/$(BENCH) $(ARGS)

lowest: $(STAMP) ## test the installed package with the oldest Python (OLDEST) and the lowest releases that settings.ini admits
	mkdir -p build
	sed -n 's/^requirements = //p' settings.ini | tr ' ' '\n' | sed -E 's/>=([0-9.]+).*/==\1/' > build/lowest.txt
	PYTHON=$(OLDEST) TORCH=$$(grep ^torch= build/lowest.txt) CONSTRAINTS=build/lowest.txt $(BIN)/pytest tests/test_install.py

# Without torch, which TORCH chooses.
constraints: ## record in constraints.txt what pip takes today
	rm -rf build/newest
	$(MAKE) VENV=build/newest CONSTRAINTS= build/newest/.installed
	echo "# Written by make constraints: the releases that CI runs with. Other Pythons than this one get the newest." > constraints.txt
	build/newest/bin/python -m pip freeze --exclude-editable --exclude torch | sed "s/$$/; python_version == '$$(build/newest/bin/python -c 'import sys; print(*sys.version_info[:2], sep=".")')'/" >> constraints.txt
	rm -rf build/newest

docs: $(STAMP) ## the website in _docs/, with Quarto if it is installed
	$(BIN)/python tools/docs.py

execute: $(STAMP) ## execute notebooks and store what they show: make execute NB=nbs/02_plotting.ipynb
	$(BIN)/python tools/execute.py $(NB)
	$(BIN)/nbdev_clean

readme: $(STAMP) ## README.md from nbs/index.ipynb
	$(BIN)/python tools/readme.py

prepare: $(STAMP) ## before a commit: export the notebooks, clean them, write the README, check the code
	$(BIN)/nbdev_export
	$(BIN)/nbdev_clean
	$(BIN)/python tools/readme.py
	$(BIN)/ruff check

clean: ## remove what was built, but not the environment and not runs/
	rm -rf _docs _proc build dist *.egg-info .pytest_cache .ruff_cache

# torch comes alone, and what it needs from PyPI: an index of its own that cannot be reached is then asked once, not for every package.
$(STAMP): setup.py settings.ini $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; v = sys.version_info; v < (3, 10) and sys.exit(f"dynmoe needs Python 3.10 or newer, this is {v[0]}.{v[1]}: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV), which takes a minute or some"
	$(PIP) --no-deps --retries 1 --timeout 15 $(TORCH)
	$(PIP) $(addprefix -c ,$(CONSTRAINTS)) $(WHAT)
	@touch $@
