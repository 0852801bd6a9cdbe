"""Build the site that in_browser.py serves: the bundled engines, one model for all, the letters."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.lib import nets
from benchmarks.lib.measuring import ROOT
from benchmarks.lib.worker import IMAGES, peers_python

from lenet import models
from lenet.inference import recognizer
from lenet.models import Spec
from lenet.server.media_types import BYTES
from lenet.server.page import TYPES

NET = "holzweber2021"
BUNDLE = ROOT / "benchmarks" / "browser" / "site"
SITE = ROOT / "build" / "browser-benchmark"
NO_ICON = '<link rel="icon" href="data:,">'  # browsers ask for one

# Runs with the peers' Python: the ONNX file of parameters that come in on standard input.
MAKE_ONNX = """
import sys
sys.path[:0] = sys.argv[1:3]
import numpy as np
from benchmarks.lib import nets
parameters = np.frombuffer(sys.stdin.buffer.read(), np.float32)
spec = nets.NETS[sys.argv[3]].spec
sys.stdout.buffer.write(nets.onnx_net(spec, parameters, float(sys.argv[4])))
"""


def _tfjs_layers(spec: Spec, parameters: nets.FloatArray) -> Iterator[tuple[Any, Any]]:
    """The layers as Keras describes them, each with its weights in Keras's order."""
    keras_layers: list[tuple[dict[str, Any], list[nets.FloatArray]]] = []
    for stage, weight, bias, before in nets.layers(spec, parameters):
        layer = stage.layer
        if isinstance(layer, models.Relu):
            keras_layers[-1][0]["config"]["activation"] = "relu"  # TensorFlow.js then fuses it
            continue
        config: dict[str, Any] = {"name": stage.name, "dtype": "float32"}
        if isinstance(layer, models.MaxPool):
            sides = [layer.window] * 2
            config |= {"pool_size": sides, "strides": sides, "padding": "valid"}
            keras_layers.append(({"class_name": "MaxPooling2D", "config": config}, []))
        elif isinstance(layer, models.Conv):
            config |= {"filters": layer.out_channels, "kernel_size": [layer.kernel] * 2}
            config |= {"strides": [layer.stride] * 2}
            config |= {"padding": layer.padding}
            weights = [weight.transpose(1, 2, 0, 3), bias]
            keras_layers.append(({"class_name": "Conv2D", "config": config}, weights))
        elif isinstance(layer, models.Dense):
            if len(before) == 3:  # flattened it counts row, column, channel
                keras_layers.append(({"class_name": "Flatten", "config": {"name": "flatten"}}, []))
                weight = weight.reshape(*before, -1).transpose(1, 2, 0, 3).reshape(weight.shape)
            config |= {"units": layer.out_channels}
            keras_layers.append(({"class_name": "Dense", "config": config}, [weight, bias]))
    keras_layers[0][0]["config"]["batch_input_shape"] = [None, *spec.input, 1]
    yield from keras_layers


def write_tfjs(folder: Path, spec: Spec, parameters: nets.FloatArray) -> None:
    """Write model.json and weights.bin, from float32 (n, rows, columns, 1), 0..1, to logits."""
    layers, manifest, data = [], [], []
    for layer, weights in _tfjs_layers(spec, parameters):
        layers.append(layer)
        for kind, values in zip(("kernel", "bias"), weights, strict=False):
            name = f"{layer['config']['name']}/{kind}"
            manifest.append({"name": name, "shape": list(values.shape), "dtype": "float32"})
            data.append(np.ascontiguousarray(values, "<f4").tobytes())
    model = {"class_name": "Sequential", "config": {"name": "net", "layers": layers}}
    described = {
        "format": "layers-model",
        "modelTopology": {"keras_version": "2.4.0", "backend": "tensorflow", "model_config": model},
        "weightsManifest": [{"paths": ["weights.bin"], "weights": manifest}],
    }
    folder.mkdir(exist_ok=True)
    (folder / "model.json").write_text(json.dumps(described))
    (folder / "weights.bin").write_bytes(b"".join(data))


def _onnx(parameters: nets.FloatArray, temperature: float) -> bytes:
    paths = [str(ROOT / "src"), str(ROOT)]
    done = subprocess.run(
        [str(peers_python()), "-c", MAKE_ONNX, *paths, NET, str(temperature)],
        input=parameters.tobytes(), capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(
            f"browser: {done.stderr.decode().strip().splitlines()[-1]}; remedy: python -m venv "
            "build/peers && build/peers/bin/pip install -r benchmarks/requirements.txt"
        )
    return done.stdout


def make() -> None:
    """Bundle the engines with Vite, and put the models and letters beside them."""
    sys.path.insert(0, str(ROOT / "tools" / "build"))
    import build
    from platforms import BuildError

    try:
        build.build_wasm()
        build.install_packages(ROOT / "web")
        build.install_packages(BUNDLE)
        build.npm("run", "build", cwd=BUNDLE)
        build.build_page()
    except BuildError as error:
        raise SystemExit(f"browser: {error}") from None
    (SITE / "tfjs").mkdir()
    for pattern in ("tf-*.min.js", "*.wasm"):
        for file in BUNDLE.glob(f"node_modules/@tensorflow/*/dist/{pattern}"):
            shutil.copy(file, SITE / "tfjs")
    spec, model = nets.NETS[NET].spec, recognizer.load(NET).model
    write_tfjs(SITE / "shipped", spec, model.parameters)
    write_tfjs(SITE / "start", spec, nets.core_network(NET).initialise(0))
    (SITE / "model.onnx").write_bytes(_onnx(model.parameters, model.temperature))
    shutil.copy(recognizer.model_path(NET), SITE / "model.safetensors")
    (SITE / "temperature.txt").write_text(str(model.temperature))
    (SITE / "spec.json").write_text(json.dumps(models.get_spec(NET).to_json()))
    images, labels = nets.written_letters(IMAGES)
    (SITE / "images.bin").write_bytes(images.tobytes())
    (SITE / "labels.bin").write_bytes(labels.tobytes())


class _Handler(BaseHTTPRequestHandler):
    """Answers with a file of the site, or for /NAME.html with a page that runs NAME.js."""

    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        body = self.server.packed(path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.send_header("Content-Type", TYPES.get(Path(path).suffix, BYTES))
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        if body:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: Any) -> None:
        pass


class Site(ThreadingHTTPServer):
    """Serves SITE on the loopback address; `sent` holds the packed sizes of what was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sent: dict[str, int] = {}
        self._packed: dict[str, bytes] = {}

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}/"

    def packed(self, path: str) -> bytes | None:
        """A file's gzip, or None; made once."""
        if path not in self._packed:
            file = SITE / path[1:]
            if path.endswith(".html"):
                script = f'<script type="module" src="./{file.stem}.js"></script>'
                body = f"<!doctype html>{NO_ICON}<title>{file.stem}</title>{script}".encode()
            elif file.is_file():
                body = file.read_bytes()
            else:
                return None
            self._packed[path] = gzip.compress(body, mtime=0)
        self.sent[path] = len(self._packed[path])
        return self._packed[path]


@contextmanager
def serving() -> Iterator[Site]:
    """The running server."""
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, args=[0.02], daemon=True)
        thread.start()
        yield site
        site.shutdown()
        thread.join()
