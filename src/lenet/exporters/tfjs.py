"""TensorFlow.js's layers format: tfjs/model.json and its weights, for `tf.loadLayersModel`.

The format is described in https://www.tensorflow.org/js/guide/save_load and tfjs-core's io/types.ts.
Files are verified in Node, which must find @tensorflow/tfjs from the working directory or NODE_PATH.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet import __version__
from lenet._util.subprocesses import ask
from lenet.errors import LenetError, MissingDependencyError
from lenet.exporters.ir import Graph
from lenet.exporters.keras.layers import layers

PACKAGE = "@tensorflow/tfjs"
WEIGHTS = "group1-shard1of1.bin"
BATCH = 64  # images that the runtime gets at once

# Arguments: model.json, its weights, the images' shape. Standard input: pixels; output: probabilities.
ASK = """
const { readFileSync, writeSync } = require("node:fs");
console.warn = console.log = () => {};
const tf = require("@tensorflow/tfjs");
const [topology, weights, ...sides] = process.argv.slice(1);
const [rows, columns, batch] = sides.map(Number);
const load = async () => tf.io.getModelArtifactsForJSON(
  JSON.parse(readFileSync(topology)),
  async (manifest) => [
    tf.io.getWeightSpecs(manifest), new Uint8Array(readFileSync(weights)).buffer,
  ],
);
(async () => {
  await tf.setBackend("cpu");
  const model = await tf.loadLayersModel({ load });
  const pixels = readFileSync(0), size = rows * columns * batch;
  for (let at = 0; at < pixels.length; at += size) {
    const some = Float32Array.from(pixels.subarray(at, at + size));
    const images = tf.tensor(some, [some.length / rows / columns, rows, columns, 1]);
    const answers = model.predict(images);
    const bytes = Buffer.from(answers.dataSync().buffer);
    for (let sent = 0; sent < bytes.length;) sent += writeSync(1, bytes, sent);
    tf.dispose([images, answers]);
  }
})().catch((error) => { console.error(error.message); process.exit(1); });
"""


def write(graph: Graph, folder: Path) -> list[Path]:
    """Write tfjs/model.json and weights of 32 bits.

    The model maps float32 images (n, rows, columns, 1), 0..255, to probabilities (n, classes).
    """
    return write_as(graph, folder / "tfjs", np.dtype("<f4"))


def write_as(graph: Graph, folder: Path, stored: np.dtype[Any]) -> list[Path]:
    """Write the model with weights stored as little-endian float32 or float16."""
    image = {"name": "image", "batch_input_shape": [None, *graph.sides, 1], "dtype": "float32"}
    topology: list[dict[str, Any]] = [{"class_name": "InputLayer", "config": image}]
    specs: list[dict[str, Any]] = []
    data: list[bytes] = []
    for layer in layers(graph):
        topology.append({"class_name": layer.kind, "config": {"name": layer.name, **layer.config}})
        for key, values in layer.weights.items():
            name, shape = f"{layer.name}/{key}", list(values.shape)
            spec: dict[str, Any] = {"name": name, "shape": shape, "dtype": "float32"}
            if stored.itemsize == 2:
                spec["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
            specs.append(spec)
            with np.errstate(over="ignore"):  # infinities fail the verification
                data.append(values.astype(stored).tobytes())
    model = {"class_name": "Sequential", "config": {"name": "lenet", "layers": topology}}
    whole = {
        "format": "layers-model",
        "generatedBy": f"lenet {__version__}",
        "modelTopology": {"keras_version": "2.15.0", "model_config": model},
        "weightsManifest": [{"paths": [WEIGHTS], "weights": specs}],
        "userDefinedMetadata": graph.about,
    }
    folder.mkdir()
    paths = [folder / "model.json", folder / WEIGHTS]
    paths[0].write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    paths[1].write_bytes(b"".join(data))
    return paths


def run(paths: Sequence[Path], images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Run TensorFlow.js in Node, on the CPU."""
    runtime()
    numbers = map(str, (*images.shape[1:], BATCH))
    answers = _node(ASK, *map(str, paths), *numbers, pixels=images.tobytes())
    return np.frombuffer(answers, "<f4").reshape(len(images), -1)


def runtime() -> str:
    """Return the version of TensorFlow.js; MissingDependencyError if Node does not find it."""
    if not shutil.which("node"):
        raise MissingDependencyError("Node is not installed; https://nodejs.org has it")
    try:
        version = _node(f'process.stdout.write(require("{PACKAGE}/package.json").version)')
    except LenetError:
        raise MissingDependencyError(
            f"Node finds no {PACKAGE} from here; npm install {PACKAGE}@4.22.0, or name the "
            "node_modules that has it in NODE_PATH"
        ) from None
    return f"TensorFlow.js {version.decode()}"


def _node(script: str, *arguments: str, pixels: bytes = b"") -> bytes:
    return ask("Node", ["node", "-e", script, "--", *arguments], pixels)
