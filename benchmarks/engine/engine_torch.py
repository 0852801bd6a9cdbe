"""PyTorch on the processor, for worker.py."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from benchmarks.lib import nets, worker
from torch.nn.functional import cross_entropy

# Compiled silently falling back to eager would be timed under the wrong name.
torch._dynamo.config.fail_on_recompile_limit_hit = True

_EXACT = ("eager", "channels-last", "compiled", "compiled channels-last")
VARIANTS = {"train": (*_EXACT, "bf16 channels-last"), "predict": _EXACT}


def versions() -> dict[str, str]:
    """Return the versions of the measured packages."""
    return {"PyTorch": torch.__version__}


def set_threads(threads: int) -> None:
    """Of one operation; there is never more than one operation at a time."""
    torch.set_num_threads(threads)


def release() -> None:
    """Free what was compiled, so that the next net is compiled for itself."""
    torch._dynamo.reset()


def _net(job: worker.Job) -> tuple[torch.nn.Module, torch.Tensor]:
    """The net and its images, float32 (n, 1, 28, 28), in the variant's layout."""
    layout = torch.channels_last if "channels-last" in job.variant else torch.contiguous_format
    net = nets.torch_net(job.spec, job.parameters).to(memory_format=layout)
    images = torch.from_numpy(job.floats())[:, None]
    return net, images.contiguous(memory_format=layout)


def _compiled(job: worker.Job, function: Callable[..., Any]) -> Callable[..., Any]:
    wanted = "compiled" in job.variant
    return torch.compile(function, dynamic=False, fullgraph=True) if wanted else function


def train(job: worker.Job) -> Callable[[int], float]:
    """Steps on float batches made beforehand; the optimizer is PyTorch's own fused one."""
    net, images = _net(job)
    labels = torch.from_numpy(job.letters.labels).long()
    batches = list(zip(images.split(job.batch), labels.split(job.batch), strict=True))
    optimizer = torch.optim.SGD(net.parameters(), worker.RATE, worker.MOMENTUM, fused=True)
    loss_of = _compiled(job, lambda x, y: cross_entropy(net(x), y))
    lower = torch.autocast("cpu", torch.bfloat16) if "bf16" in job.variant else nullcontext()

    def run(steps: int) -> float:
        for step in range(steps):
            x, y = batches[step % len(batches)]
            optimizer.zero_grad(set_to_none=True)
            with lower:
                loss = loss_of(x, y)
            loss.backward()
            optimizer.step()
        return float(loss)

    return run


def predict(job: worker.Job) -> Callable[[int], Any]:
    """A float batch made beforehand in, probabilities out."""
    net, images = _net(job)
    net.eval()
    answer = _compiled(job, lambda x: torch.softmax(net(x) / job.temperature, 1))

    def run(times: int) -> Any:
        with torch.inference_mode():
            for _ in range(times):
                probabilities = answer(images)
        return probabilities.numpy()

    return run
