# `make demo` runs the main job, `make test` every check. Each builds what it needs first:
# the environment in .venv and, where it may, the system packages.
#
#   PYTHON=python3.13 make test                the interpreter to build .venv with
#   PIP_EXTRA_INDEX_URL=URL make test          another package index for pip, such as PyTorch's
#                                              (https://download.pytorch.org/whl/cpu) for the
#                                              CPU-only wheels: pip's default on Linux is CUDA
#   make demo ARGS='--help'                    options of `boundary-click demo`
#   make pytest ARGS='tests/core -k window'    some tests only

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
INSTALLED := .venv/.installed
# The GUI tests move the mouse: they get a display of their own.
DISPLAYED := $(if $(filter Linux,$(shell uname -s)),xvfb-run -a -s '-screen 0 1600x1200x24')
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.NOTPARALLEL:
.PHONY: demo test install system-packages lint types layers manifest pytest docs constraints clean

demo: install ## segment a sample stack with simulated clicks and show the result
	$(BIN)/boundary-click demo $(ARGS)

test: lint types layers manifest pytest ## run every check

install: system-packages $(INSTALLED) ## build the environment only

system-packages:
	@PYTHON=$(PYTHON) scripts/install-system-packages.sh

$(INSTALLED): pyproject.toml constraints.txt | system-packages
	$(if $(PYTHON),,$(error Python 3.11 or newer is needed; name it with PYTHON=...))
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[testing,docs]'
	@touch $@

lint: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: install
	$(BIN)/mypy

layers: install
	$(BIN)/lint-imports

manifest: install
	$(BIN)/npe2 validate napari-boundary-click

# One torch thread: two on a shared machine spend their time waiting for each other.
pytest: export OMP_NUM_THREADS ?= 1
pytest: install
	$(DISPLAYED) $(BIN)/python -m pytest $(ARGS)

docs: install ## build the documentation into site/
	$(BIN)/mkdocs build --strict

constraints: ## pin the newest versions of everything but torch in constraints.txt
	rm -rf build/constraints
	$(PYTHON) -m venv build/constraints
	grep '^torch==' constraints.txt > build/torch.txt
	build/constraints/bin/python -m pip install -q -c build/torch.txt -e '.[testing,docs]'
	build/constraints/bin/python -m pip freeze --exclude-editable | sed 's/+cpu$$//' > build/pins.txt
	{ sed -n '/^#/p' constraints.txt; cat build/pins.txt; } > build/new.txt
	mv build/new.txt constraints.txt

clean: ## remove the environment and all outputs
	rm -rf .venv build dist site demo-output .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
