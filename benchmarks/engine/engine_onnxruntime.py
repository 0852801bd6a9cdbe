"""ONNX Runtime on the processor, for worker.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnxruntime
from benchmarks.lib import nets, worker

VARIANTS = {"train": (), "predict": ("run", "bound")}
_threads = 1


def versions() -> dict[str, str]:
    """Return the versions of the measured packages."""
    return {"ONNX Runtime": onnxruntime.__version__}


def set_threads(threads: int) -> None:
    """Within one operation; the operations of these nets come one after another."""
    global _threads
    _threads = threads


def predict(job: worker.Job) -> Callable[[int], nets.FloatArray]:
    """Images uint8 in, probabilities out; "bound" skips the look-up of names and arrays."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = _threads, 1
    model = nets.onnx_net(job.spec, job.parameters, job.temperature)
    session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
    images = job.letters.images
    binding = session.io_binding()
    binding.bind_cpu_input("images", images)
    binding.bind_output("probabilities")

    def bound(times: int) -> nets.FloatArray:
        for _ in range(times):
            session.run_with_iobinding(binding)
        return np.asarray(binding.copy_outputs_to_cpu()[0], np.float32)

    def run(times: int) -> nets.FloatArray:
        for _ in range(times):
            (probabilities,) = session.run(["probabilities"], {"images": images})
        return np.asarray(probabilities, np.float32)

    return bound if job.variant == "bound" else run
