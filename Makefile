# run · test · check · bench · docs: each builds .venv with what it needs on first use.
# Versions are those of constraints.txt; where pip finds packages is the machine's own matter.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONSTRAINTS := constraints.txt
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
INSTALL := $(PIP) --constraint $(CONSTRAINTS)
ARCHIVE ?= starsieve-archive
WORKERS ?= 2
SERVE ?= 1
PORT ?=

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check bench docs install constraints clean

help:
	@echo "make run     set up, then brown dwarfs and planets, and a web app to look at them (SERVE=0: without)"
	@echo "make test    set up, then all tests"
	@echo "make check   format, lint, types, layers"
	@echo "make bench   every benchmark, with its baseline"
	@echo "make docs    the documentation, in docs/_build/html"
	@echo "make clean   remove the environment and everything built"

# Exit code 3 says that single spectra were refused, by name and reason, and the rest is done; 130
# that Ctrl-C has stopped the server, as it should.
run: $(VENV)/run.done $(VENV)/library.done
	$(BIN)/starsieve demo --archive $(ARCHIVE) || test $$? -eq 3
ifneq ($(SERVE),0)
	@$(BIN)/starsieve serve --archive $(ARCHIVE) $(addprefix --port ,$(PORT)) || test $$? -eq 130
endif

# A thread per worker: torch would start as many as there are cores in each of them.
test: $(VENV)/test.done
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses $(WORKERS)

check: $(VENV)/test.done $(VENV)/check.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/test.done
	$(BIN)/python -m benchmarks

docs: $(VENV)/docs.done
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html
	@echo "Look at docs/_build/html/index.html"

install: $(VENV)/test.done $(VENV)/check.done $(VENV)/docs.done

# Everything newest that fits together; run the tests before committing the result.
constraints:
	rm -rf $(VENV)
	$(MAKE) install CONSTRAINTS=/dev/null
	sed '/^[^#]/d' constraints.txt > constraints.new
	$(BIN)/python -m pip freeze --exclude-editable --exclude splat | sed 's/+cpu$$//' >> constraints.new
	mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) build dist docs/_build docs/jupyter_execute .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache .hypothesis
	find src tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# --- the environment -------------------------------------------------------------------------

# pip knows dependency groups since 25.1.
$(VENV)/pip.done:
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade "pip>=25.1"
	@touch $@

# torch comes first and alone: a machine may offer a build of it without CUDA, which then stands.
$(VENV)/torch.done: constraints.txt | $(VENV)/pip.done
	@echo "Installing PyTorch ..."
	$(INSTALL) torch
	@touch $@

$(VENV)/run.done: pyproject.toml $(VENV)/torch.done
	@echo "Installing starsieve and what it needs ..."
	$(INSTALL) --editable .
	@touch $@

# Only files of it are read, so none of its dependencies are wanted; nothing fails without it.
$(VENV)/library.done: | $(VENV)/pip.done
	@echo "Installing the SpeX Prism Library ..."
	@$(PIP) --no-deps splat==1.14 && touch $@ \
		|| echo "It can't be had here: the demo runs on simulated spectra."

$(VENV)/test.done: $(VENV)/run.done
	@echo "Installing what the tests need ..."
	$(INSTALL) --editable ".[interop,postgres]" --group test
	@touch $@

$(VENV)/check.done: $(VENV)/run.done
	@echo "Installing what the checks need ..."
	$(INSTALL) --group check
	@touch $@

$(VENV)/docs.done: $(VENV)/run.done
	@echo "Installing what the documentation needs ..."
	$(INSTALL) --group docs
	@touch $@
