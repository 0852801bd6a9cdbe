"""The seed's published weights in the engine, and what they make of our rasterized drawings."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from lenet import ink, models
from lenet.engine import Network
from seed_weights import SHARD, keras_weights, seed_parameters

# Accuracy of the seed on these drawings with a simpler rasterizer, by pen width.
PUBLISHED = {0.05: 0.804, 0.08: 0.833, 0.11: 0.858, 0.14: 0.864}


def keras_predict(weights: dict[str, np.ndarray], images: np.ndarray) -> np.ndarray:
    """Evaluate the model in Keras's own layout, float64; images uint8 (n, 28, 28)."""

    def conv(x: np.ndarray, name: str, padding: int) -> np.ndarray:
        kernel, bias = weights[f"{name}/kernel"].astype(float), weights[f"{name}/bias"]
        around = (padding, padding)
        windows = sliding_window_view(np.pad(x, ((0, 0), around, around, (0, 0))), (5, 5), (1, 2))
        return np.maximum(np.tensordot(windows, kernel, ((4, 5, 3), (0, 1, 2))) + bias, 0)

    def pool(x: np.ndarray) -> np.ndarray:
        count, rows, columns, channels = x.shape
        return x.reshape(count, rows // 2, 2, columns // 2, 2, channels).max((2, 4))

    def dense(x: np.ndarray, name: str) -> np.ndarray:
        return x @ weights[f"{name}/kernel"].astype(float) + weights[f"{name}/bias"]

    x = images[..., None] / 255  # (n, 28, 28, 1)
    x = pool(conv(x, "conv2d", 2))  # (n, 14, 14, 8)
    x = pool(conv(x, "conv2d_1", 0))  # (n, 5, 5, 16)
    x = np.maximum(dense(x.reshape(len(x), -1), "dense"), 0)  # (n, 84)
    logits = dense(x, "dense_1")  # (n, 26)
    exponentials = np.exp(logits - logits.max(1, keepdims=True))
    return exponentials / exponentials.sum(1, keepdims=True)


def network() -> Network:
    return Network(models.HOLZWEBER2021.spec.engine_layers)


def omniglot(shared: Path, pen: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the 520 drawings as images, and their labels 0..25."""
    drawings = list(ink.read_drawings(shared / "strokes" / "omniglot_latin.jsonl.gz"))
    images = [ink.rasterize(drawing.strokes, pen) for drawing in drawings]
    labels = [ord(str(drawing.label).upper()) - ord("A") for drawing in drawings]
    return np.array(images), np.array(labels)


def test_every_parameter_is_there(shared: Path) -> None:
    parameters = seed_parameters(shared / "seed")
    assert parameters.shape == (39_318,) == (network().parameters,)
    assert np.isfinite(parameters).all()


def test_the_engine_predicts_what_keras_predicts(shared: Path) -> None:
    images, _ = omniglot(shared, 0.11)
    probabilities = network().predict(seed_parameters(shared / "seed"), images)
    expected = keras_predict(keras_weights(shared / "seed"), images)
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("pen", PUBLISHED)
def test_drawings_look_to_it_like_emnist(shared: Path, pen: float) -> None:
    """It was trained on EMNIST alone: the better it reads our rasters, the more they are alike."""
    images, labels = omniglot(shared, pen)
    parameters = seed_parameters(shared / "seed")
    accuracy = (network().predict(parameters, images).argmax(1) == labels).mean()
    print(f"seed weights on omniglot_latin, pen {pen}: {accuracy:.1%}, known {PUBLISHED[pen]:.1%}")
    assert len(labels) == 520
    assert accuracy >= PUBLISHED[pen]
    transposed = network().predict(parameters, images.transpose(0, 2, 1)).argmax(1)
    assert (transposed == labels).mean() < 0.25


def test_another_model_is_refused(shared: Path, tmp_path: Path) -> None:
    for name in ("model.json", SHARD):
        shutil.copyfile(shared / "seed" / name, tmp_path / name)
    (tmp_path / SHARD).write_bytes((shared / "seed" / SHARD).read_bytes()[:-4])
    with pytest.raises(ValueError, match="157268 bytes"):
        keras_weights(tmp_path)
    model = json.loads((tmp_path / "model.json").read_text())
    model["weightsManifest"][0]["weights"][4]["shape"] = [84, 400]
    (tmp_path / "model.json").write_text(json.dumps(model))
    with pytest.raises(ValueError, match="expected the arrays"):
        keras_weights(tmp_path)
