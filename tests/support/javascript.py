"""JavaScript run in Chromium, beside files and the runtimes that tests/data/runtimes pins."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import pytest
from playwright.sync_api import Browser

from lenet.models import DEFAULT_MODEL
from lenet.server.app import page_app
from lenet.server.config import ServerConfig
from lenet.server.media_types import BYTES
from lenet.server.page import TYPES, Resource
from lenet.server.run import start
from needs import missing
from repository import DATA, ROOT

RUNTIMES = DATA / "runtimes"

# Modules that a script may import by name, as with a bundler: the bundle and the files that it loads.
PACKAGES = {
    "@tensorflow/tfjs": ["@tensorflow/tfjs/dist/tf.fesm.min.js"],
    "onnxruntime-web/wasm": [
        "onnxruntime-web/dist/ort.wasm.bundle.min.mjs",
        "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
    ],
}

INDEX = b"""<!doctype html>
<link rel="icon" href="icon.svg">
<pre></pre>
<script type="module" src="begin.js"></script>
"""

ICON = b'<svg xmlns="http://www.w3.org/2000/svg"/>'

# Ends with data-state, after what the script printed or why it failed.
BEGIN = b"""
const print = (...words) => document.querySelector("pre").append(words.join(" ") + "\\n");
console.log = print;
import("./script.js").then(
  () => { document.documentElement.dataset.state = "ready"; },
  (error) => { print(error.stack); document.documentElement.dataset.state = "failed"; },
);
"""

Run = Callable[[str, Mapping[str, bytes]], str]


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Where TensorFlow.js and ONNX Runtime Web are installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools" / "build"))
        patch.delitem(sys.modules, "build", raising=False)
        import build
        from platforms import BuildError

        try:
            build.install_packages(RUNTIMES)
        except BuildError as error:
            missing(str(error))
    return RUNTIMES / "node_modules"


@pytest.fixture
def in_chromium(browser: Browser, node_modules: Path) -> Run:
    """Run a module, which may await and import PACKAGES, beside files that it fetches by their
    names; returns what it prints. A failure of it, or an error on the console, fails the test.

    The policy is that of this project's page: nothing from elsewhere, no evaluated strings.
    """

    def run(script: str, files: Mapping[str, bytes]) -> str:
        site = {"index.html": INDEX, "icon.svg": ICON, "begin.js": BEGIN, **files}
        for package, paths in PACKAGES.items():
            if f'"{package}"' in script:
                bundle, *others = [PurePosixPath(path) for path in paths]
                script = script.replace(f'"{package}"', f'"./{bundle.stem}.js"')
                site[f"{bundle.stem}.js"] = (node_modules / bundle).read_bytes()
                site.update({path.name: (node_modules / path).read_bytes() for path in others})
        site["script.js"] = script.encode()
        with _serving(site) as url, browser.new_context() as context:
            page, complaints = context.new_page(), []
            page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
            page.goto(f"{url}index.html")
            page.locator("html[data-state]").wait_for(state="attached", timeout=60_000)
            printed = page.locator("pre").text_content() or ""
            assert page.locator("html").get_attribute("data-state") == "ready", printed
            assert complaints == []
            return printed

    return run


@contextmanager
def _serving(site: Mapping[str, bytes]) -> Iterator[str]:
    resources = {f"/{name}": _resource(name, body) for name, body in site.items()}
    config = ServerConfig(model=DEFAULT_MODEL)
    with start(config, page_app(config, resources)) as running:
        yield running.url


def _resource(name: str, body: bytes) -> Resource:
    kind = TYPES.get(PurePosixPath(name).suffix, BYTES)
    return Resource(body, None, str(hash(body)), {"Content-Type": kind})
