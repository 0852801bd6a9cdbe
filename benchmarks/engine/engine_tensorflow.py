"""TensorFlow with Keras 3 on the processor, for worker.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from benchmarks.lib import nets, worker

VARIANTS = {"train": ("graph", "graph loop", "XLA"), "predict": ()}


def versions() -> dict[str, str]:
    """Return the versions of the measured packages."""
    return {"TensorFlow": tf.__version__, "Keras": keras.__version__}


def set_threads(threads: int) -> None:
    """Within one operation, and of operations at the same time."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def release() -> None:
    """Free the graphs."""
    keras.backend.clear_session()


def train(job: worker.Job) -> Callable[[int], float]:
    """Steps on float batches made beforehand.

    "graph" and "XLA" call a tf.function for each step; "graph loop" is one that loops over them,
    which saves the calls, as `steps_per_execution` does in Keras.
    """
    model = nets.keras_net(job.spec, job.parameters)
    optimizer = keras.optimizers.SGD(worker.RATE, worker.MOMENTUM)
    optimizer.build(model.trainable_variables)
    images = tf.constant(job.floats().reshape(-1, job.batch, 28, 28, 1))
    labels = tf.constant(job.letters.labels.astype("int32").reshape(-1, job.batch))
    batches = list(zip(tf.unstack(images), tf.unstack(labels), strict=True))

    def take(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, model(x, training=True))
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    step_taken = tf.function(take, jit_compile=job.variant == "XLA")

    @tf.function  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def loop(steps: Any) -> Any:
        loss = tf.constant(0.0)
        for step in tf.range(steps):
            at = step % len(batches)
            loss = take(images[at], labels[at])
        return loss

    def run(steps: int) -> float:
        if job.variant == "graph loop":
            return float(loop(tf.constant(steps)).numpy())
        for step in range(steps):
            loss = step_taken(*batches[step % len(batches)])
        return float(loss.numpy())

    return run
