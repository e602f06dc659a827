# Everything a fresh clone needs: Python 3.11 or later, make and pip.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
CONFIG ?= site_config.yml

.DEFAULT_GOAL := help
.PHONY: help site example test serve plan layers clean

help: ## list these commands
	@echo "cnn-gallery: what make can do here"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

site: $(VENV)/.installed ## build the gallery into site/ and say where to open it
	@$(BIN)/cnn-gallery build --config $(CONFIG)

example: $(VENV)/.installed-dev ## build the gallery of a classifier, into examples/efficientnet-lite0/site
	@$(BIN)/cnn-gallery build --config examples/efficientnet-lite0/site_config.yml

test: $(VENV)/.installed-dev ## run the whole test suite
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder

serve: $(VENV)/.installed ## build, then show the site on a local address
	@$(BIN)/cnn-gallery serve --config $(CONFIG)

plan: $(VENV)/.installed ## list what a build would compute, and what it has already
	@$(BIN)/cnn-gallery plan --config $(CONFIG)

layers: $(VENV)/.installed ## list the network's layers
	@$(BIN)/cnn-gallery layers --config $(CONFIG)

clean: ## remove the built site (the cache and .venv stay)
	rm -rf site

# A stamp a set of requirements: nothing is installed twice. torch is most of the download.
$(VENV)/.installed: requirements.txt pyproject.toml
	@test -x $(BIN)/python || { echo "Making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the locked requirements (PyTorch is most of it; the first time takes minutes)"
	@$(PIP) install --quiet --quiet --requirement requirements.txt
	@$(PIP) install --quiet --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	@echo "Installing what the tests need"
	@$(PIP) install --quiet --quiet --requirement requirements-dev.txt
	@touch $@
