"""The published recipe in Keras, for time_to_accuracy.py: prints a line after every epoch.

Its one argument is the job, as JSON. The letters come as arrays that are ready to train on.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from benchmarks.engine import engine_tensorflow
from benchmarks.lib import nets

BATCH, RATE, DECAY = 64, 0.01, 0.01 / 45


def slower(epoch: int, rate: float) -> float:
    """The next epoch's learning rate: what there is of it is divided anew every epoch."""
    return rate / (1 + DECAY * epoch)


def floats(images: nets.ByteArray) -> nets.FloatArray:
    """As Keras takes them: float32 (n, 28, 28, 1), 0..1."""
    return (images.astype(np.float32) / np.float32(255))[..., np.newaxis]


class Look(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Counts the right answers after each epoch; ends the training once all goals are reached."""

    def __init__(self, arrays: Mapping[str, Any], goals: Mapping[str, float]) -> None:
        super().__init__()
        self._goals = goals
        self._tests = {name: (floats(arrays[f"{name} images"]), arrays[f"{name} labels"]) for name in goals}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Called by Keras; epochs count from 0."""
        right = {
            name: int((self.model.predict(x, verbose=0).argmax(axis=1) == labels).sum())
            for name, (x, labels) in self._tests.items()
        }
        print(json.dumps({"epochs": epoch + 1, "right": right}), flush=True)
        self.model.stop_training = all(
            right[name] >= goal * len(self._tests[name][1]) for name, goal in self._goals.items()
        )


def main() -> None:
    """Train as published, from Keras's own initial weights."""
    job = json.loads(sys.argv[1])
    engine_tensorflow.set_threads(job["threads"])
    keras.utils.set_random_seed(job["seed"])
    arrays = np.load(job["arrays"])
    letters = nets.NETS[job["net"]]
    template = nets.keras_net(letters.spec, np.zeros(letters.parameters, np.float32))
    model = keras.models.clone_model(template)  # with weights drawn anew
    model.compile(
        optimizer=keras.optimizers.SGD(RATE),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
    )
    print(json.dumps({"versions": engine_tensorflow.versions()}), flush=True)
    model.fit(
        floats(arrays["images"]),
        keras.utils.to_categorical(arrays["labels"], 26),
        batch_size=BATCH,
        epochs=job["epochs"],
        callbacks=[keras.callbacks.LearningRateScheduler(slower), Look(arrays, job["goals"])],
        verbose=0,
    )


if __name__ == "__main__":
    main()
