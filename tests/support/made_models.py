"""Models in other programs' formats, made on the spot: by Keras and onnx where these can, else by
writers that know nothing of the package's readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

IMAGES = np.random.default_rng(5).integers(0, 256, (16, 28, 28)).astype(np.uint8)


def softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max(1, keepdims=True))
    return shares / shares.sum(1, keepdims=True)


def answers(model: Any, images: np.ndarray = IMAGES) -> np.ndarray:
    """The engine's answers for one of our models."""

    return model.spec.network().predict(model.parameters, images, model.temperature)


def keras() -> Any:
    """Keras on NumPy, which starts at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "numpy")
        import keras

        return keras


def keras_model(layers: list[Any], functional: bool = False, shape: tuple[int, ...] = (28, 28, 1)) -> Any:
    """A Keras model of layers, its weights drawn at random: variances and gammas above 0."""
    image = keras().Input(shape)
    if functional:
        here = image
        for layer in layers:
            here = layer(here)
        model = keras().Model(image, here)
    else:
        model = keras().Sequential([image, *layers])
    random = np.random.default_rng(len(layers))
    for weight in model.weights:
        if "seed_generator" in weight.path:
            continue
        low = 0.3 if "variance" in weight.path else -0.4
        weight.assign(random.uniform(low, 1.0 if low > 0 else 0.4, weight.shape))
    return model


def asked(model: Any, images: np.ndarray, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Return Keras' probabilities for images whose pixels are scaled to low..high."""
    pixels = low + images[..., None].astype(np.float32) * np.float32((high - low) / 255)
    return np.asarray(model(pixels, training=False))


def tfjs_of(model: Any) -> dict[str, Any]:
    """A Keras model's topology and weights, for `write_tfjs`."""
    config = {"class_name": type(model).__name__, "config": model.get_config()}
    config = json.loads(json.dumps(config, default=lambda value: value.get_config()))
    weights = [(w.path, np.asarray(w)) for w in model.weights if "seed_generator" not in w.path]
    return {"topology": {"model_config": config}, "weights": weights}


def write_tfjs(
    folder: Path,
    topology: dict[str, Any],
    weights: list[tuple[str, np.ndarray]],
    stored: str = "float32",
    shards: int = 1,
) -> Path:
    """model.json and its shards, as TensorFlow.js's converter writes them; `stored` is "float32",
    "float16", "uint8" or "uint16"."""
    entries, data = [], b""
    for name, array in weights:
        entry: dict[str, Any] = {"name": name, "shape": list(array.shape), "dtype": "float32"}
        if stored == "float16":
            entry["quantization"] = {"dtype": stored, "original_dtype": "float32"}
            array = array.astype(np.float16)
        elif stored != "float32":
            low, steps = float(array.min()), np.iinfo(stored).max
            scale = (float(array.max()) - low) / steps or 1.0
            entry["quantization"] = {
                **{"dtype": stored, "original_dtype": "float32"},
                **{"scale": scale, "min": low},
            }
            array = np.round((array - low) / scale).astype(stored)
        else:
            array = array.astype("<f4")
        entries.append(entry)
        data += array.tobytes()
    size = -(-len(data) // shards)
    names = [f"group1-shard{k + 1}of{shards}.bin" for k in range(shards)]
    for k, name in enumerate(names):
        (folder / name).write_bytes(data[k * size : (k + 1) * size])
    manifest = [{"paths": names, "weights": entries}]
    path = folder / "model.json"
    path.write_text(
        json.dumps({"format": "layers-model", "modelTopology": topology, "weightsManifest": manifest})
    )
    return path


def dense_topology(units: int = 26, **more: Any) -> dict[str, Any]:
    """Flatten and one dense layer, in Keras 2's words."""
    layers = [
        {"class_name": "Flatten", "config": {"name": "f", "batch_input_shape": [None, 28, 28, 1]}},
        {"class_name": "Dense", "config": {"name": "d", "units": units, "activation": "softmax"}},
    ]
    return {"class_name": "Sequential", "config": {"name": "s", "layers": layers}, **more}


def dense_weights(units: int = 26) -> list[tuple[str, np.ndarray]]:
    random = np.random.default_rng(2)
    return [
        ("d/kernel", random.normal(0, 0.05, (784, units)).astype(np.float32)),
        ("d/bias", random.normal(0, 0.05, units).astype(np.float32)),
    ]


def write_safetensors(path: Path, tensors: dict[str, np.ndarray]) -> Path:
    """As `safetensors.numpy.save_file` writes them, by that package."""
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(array) for name, array in tensors.items()}, path)
    return path


def saved(model: Any, folder: Path, form: str) -> Path:
    if form == "tfjs":
        return write_tfjs(folder, **tfjs_of(model))
    path = folder / f"model.{form}"
    model.save(path)
    return path
