"""Training in a real browser: the same weights as the native engine, however many threads."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Route

from browser import wait_for
from lenet import engine
from lenet.engine.abi import Kind
from lenet.models import Spec
from lenet.training.recipes import Augmentation, Recipe

COUNT, EPOCHS, SEED = 90, 2, 7
SHAPE = {"input": [28, 28], "layers": [
    {"conv": 4, "kernel": 3, "padding": "same"}, {"relu": {}}, {"maxpool": 2},
    {"conv": 5, "kernel": 5, "padding": "same"}, {"relu": {}}, {"maxpool": 2},
    {"conv": 4, "kernel": 3, "stride": 2, "padding": "same"}, {"relu": {}},
    {"conv": 3, "kernel": 3, "table": ["X..", "XX.", ".XX", "..X"], "bias": "unit"}, {"tanh": {}},
    {"subsample": 2}, {"dense": 26},
]}  # fmt: skip
SPEC = Spec.from_json(SHAPE)
RECIPE = Recipe(batch_size=20, class_balance=0.5, augmentation=Augmentation(shift=0.1))
# Another training: it goes on from given weights, the first of which stay, and slows down.
SLOWER, FROZEN = replace(RECIPE, epoch_lr_decay=0.5), 500
NAMES = {
    **{engine.CONV: "conv", engine.MAXPOOL: "maxpool", engine.DENSE: "dense", engine.RELU: "relu"},
    **{engine.TANH: "tanh", engine.SUBSAMPLE: "subsample"},
}

# The bits of the weights that the engine of this Python computes for both jobs.
TRAIN_NATIVELY = """
import json, sys
import numpy as np
import test_page_training as t
both = t.train_natively(), t.train_natively(t.SLOWER, t.start(), t.FROZEN)
json.dump([weights.view(np.uint32).tolist() for weights in both], sys.stdout)
"""

TRAIN_IN_THE_PAGE = """async ([job, options]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const seen = [];
  if (job.start) job.start.parameters = new Float32Array(bytes(job.start.parameters).buffer);
  const weights = await lenet.train(
    { ...job, images: bytes(job.images), labels: Uint8Array.from(job.labels) },
    { ...options, onProgress: (progress) => seen.push(progress) },
  );
  return { bits: Array.from(new Uint32Array(weights.buffer)), seen };
}"""


def letters() -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (COUNT, 28, 28) that show their labels, which are not equally frequent."""
    rng = np.random.default_rng(0)
    labels = (np.arange(COUNT) % 11 * 2).astype(np.uint8)
    images = rng.integers(0, 128, (COUNT, 28, 28), np.uint8)
    images[np.arange(COUNT), labels, 3:20] = 255
    return images, labels


def start() -> np.ndarray:
    """Weights to begin with."""
    size = engine.Network(SPEC.engine_layers).parameters
    return np.random.default_rng(2).uniform(-0.1, 0.1, size).astype(np.float32)


def train_natively(recipe: Recipe = RECIPE, initial: np.ndarray | None = None, frozen: int = 0) -> np.ndarray:
    """The weights, float32, after EPOCHS."""
    images, labels = letters()
    network = engine.Network(SPEC.engine_layers)
    steps = COUNT // recipe.batch_size
    weights = np.maximum(np.bincount(labels), 1)[labels] ** -recipe.class_balance
    parameters = network.initialise(SEED) if initial is None else initial
    moments = np.zeros(2 * len(parameters), np.float32)
    for epoch in range(EPOCHS):
        packed = recipe.to_engine(recipe.batch_size, steps * EPOCHS, SEED, epoch)
        packed.frozen = frozen
        order = engine.draw_order(weights, SEED, epoch + 1, steps * recipe.batch_size)
        with engine.Trainer(network, packed, 1) as trainer:
            trainer.run(engine.State(parameters, moments), engine.Batch(images, labels, order), epoch * steps)
    return parameters


def job(**changes: object) -> dict[str, Any]:
    """As the page takes it."""
    images, labels = letters()
    layers = [
        {**layer._asdict(), "kind": NAMES[Kind(layer.kind)], "table": list(layer.table)}
        for layer in SPEC.engine_layers
    ]
    return {
        "shape": {"layers": layers, "height": 28, "width": 28},
        "recipe": asdict(RECIPE),
        "images": base64.b64encode(images.tobytes()).decode(),
        "labels": labels.tolist(),
        "epochs": EPOCHS,
        "seed": SEED,
        **changes,
    }


@pytest.fixture(scope="module")
def native_bits() -> list[list[int]]:
    """Both weights' bits from the native build that has as many lanes as WebAssembly."""
    done = subprocess.run(
        [sys.executable, "-c", TRAIN_NATIVELY], check=True, capture_output=True, text=True,
        env={**os.environ, "LENET_ISA": "baseline", "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    bits: list[list[int]] = json.loads(done.stdout)
    return bits


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_number_of_threads_gives_the_native_weights(
    page: Page, native_bits: list[list[int]], threads: int
) -> None:
    assert page.evaluate("crossOriginIsolated")
    result = page.evaluate(TRAIN_IN_THE_PAGE, [job(), {"threads": threads}])
    assert result["bits"] == native_bits[0]
    steps = COUNT // RECIPE.batch_size * EPOCHS
    assert result["seen"][-1]["done"] == result["seen"][-1]["steps"] == steps
    assert result["seen"][-1]["loss"] < result["seen"][0]["loss"]


@pytest.mark.parametrize("threads", [1, 3])
def test_what_goes_on_from_given_weights_is_native_too(
    page: Page, native_bits: list[list[int]], threads: int
) -> None:
    encoded = base64.b64encode(start().tobytes()).decode()
    changes = {"recipe": asdict(SLOWER), "start": {"parameters": encoded, "frozen": FROZEN}}
    result = page.evaluate(TRAIN_IN_THE_PAGE, [job(**changes), {"threads": threads}])
    assert result["bits"] == native_bits[1]
    assert result["bits"][:FROZEN] == start().view(np.uint32)[:FROZEN].tolist()


def test_a_page_that_is_not_isolated_trains_on_one_thread(
    bare: Page, url: str, native_bits: list[list[int]]
) -> None:
    def without_isolation(route: Route) -> None:
        response = route.fetch()
        kept = {k: v for k, v in response.headers.items() if not k.startswith("cross-origin")}
        route.fulfill(response=response, headers=kept)

    bare.context.route("**/*", without_isolation)
    bare.goto(url)
    wait_for(bare, "ready")
    assert not bare.evaluate("crossOriginIsolated")
    assert bare.evaluate(TRAIN_IN_THE_PAGE, [job(), {"threads": 2}])["bits"] == native_bits[0]


def test_the_page_answers_while_it_trains_and_can_end_it(page: Page) -> None:
    result = page.evaluate(
        """async (job) => {
          const end = new AbortController();
          const told = new Promise((resolve) => {
            const images = new Uint8Array(784 * 90), labels = new Uint8Array(90);
            const options = { signal: end.signal, onProgress: resolve };
            lenet.train({ ...job, images, labels }, options)
              .catch((error) => (end.said = error.name));
          });
          await told;
          const { letter } = lenet.recognize([[[0, 0], [0, 9], [5, 9]]]);
          end.abort();
          await new Promise((done) => setTimeout(done));
          return [letter, end.said];
        }""",
        job(epochs=1_000_000),
    )
    assert result == ["L", "AbortError"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": [26] * COUNT}, "labels"),
        ({"labels": [0]}, "match the labels in number"),
        ({"labels": [], "images": ""}, "range"),
        ({"recipe": {**asdict(RECIPE), "learning_rate": -1}}, "range"),
        ({"shape": {"layers": [], "height": 28, "width": 28}}, "layers"),
    ],
)
def test_what_cannot_be_trained_is_refused(page: Page, changes: dict[str, Any], words: str) -> None:
    result = page.evaluate(
        f"(what) => ({TRAIN_IN_THE_PAGE})(what).catch((error) => error.name + error.message)",
        [job(**changes), {"threads": 2}],
    )
    assert result.startswith("LenetError")
    assert words in result
