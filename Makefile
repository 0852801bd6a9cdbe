# make run    build everything, serve the page and open it
# make test   the tests
# make setup  .venv with the project installed editable (done by the others when needed)
# make check  lint and types
# make model  train the shipped model again

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
SOURCES := pyproject.toml constraints.txt hatch_build.py tools/build.py $(wildcard core/*) \
  $(filter-out web/node_modules web/dist,$(wildcard web/*)) $(shell find web/src web/public -type f 2>/dev/null) \
  src/lenet/models/holzweber2021.safetensors

.PHONY: run test setup check model glyphs clean

run: setup
	$(BIN)/lenet draw

test: setup
	$(BIN)/python -m pytest

setup: $(STAMP)

$(STAMP): $(SOURCES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "Python 3.10 or newer is needed; make PYTHON=python3.12" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd web && npm run --silent check

# Where the training data are, see docs/data.md; the fonts come from npm.
glyphs: build/glyphs.npz
build/glyphs.npz: tools/render_glyphs.py tools/fonts/package-lock.json $(STAMP)
	$(BIN)/python tools/render_glyphs.py --out $@

model: build/glyphs.npz
	$(BIN)/lenet train --arch holzweber2021 --seed 1 --epochs 80 \
	  --data unipen_train sd19_letters az_sample build/glyphs.npz --out build/model
	cp build/model/model.safetensors src/lenet/models/holzweber2021.safetensors

clean:
	rm -rf $(VENV) build runs src/lenet/_native src/lenet/page web/node_modules tools/fonts/node_modules
