"""Measure the accuracy lost by the npm package's 8-bit weights, and the size of its modules.

    python -m benchmarks.size.package_size               # seconds
    python -m benchmarks.size.package_size --only-table

The way to round was chosen on unipen_dev and the held-out fifth of sd19_letters: omniglot_latin is
told, and chose nothing.
"""

from __future__ import annotations

import gzip
import math
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from benchmarks.lib.measuring import ROOT, Benchmark, arguments, machine

from lenet._util import markdown
from lenet.datasets import Rendering, load
from lenet.inference.recognizer import Recognizer
from lenet.models import DEFAULT_MODEL, Model, load_model
from lenet.models.packing import LEVELS, quantised

sys.path.insert(0, str(ROOT / "tools" / "build"))
import npm_package

TESTS = ("unipen_dev", "sd19_letters:test", "omniglot_latin")
MODULES = ("index", "lenet", "model", "element")

Weights = npt.NDArray[np.float32]
Rounding = Callable[[Weights], tuple[npt.NDArray[np.int8], Weights]]


def each_output(levels: int) -> Rounding:
    """With a step for each output, as the package does."""
    return lambda values: quantised(values, levels)


def whole_tensor(levels: int) -> Rounding:
    """With one step for a whole tensor."""
    return lambda values: quantised(values.reshape(-1, 1), levels)


WAYS: dict[str, Rounding] = {
    "127 steps an output": each_output(127),
    "95 steps an output": each_output(95),
    "63 steps an output": each_output(63),
    "127 steps a tensor": whole_tensor(127),
}
CHOSEN = f"{LEVELS} steps an output"


def rounded(model: Model, way: Rounding) -> tuple[Model, int]:
    """The model with its weights rounded, and the bytes of its numbers, deflated."""
    tensors, numbers, start = [], b"", 0
    for tensor in model.spec.tensors:
        stop = start + math.prod(tensor.shape)
        values = model.parameters[start:stop].reshape(tensor.shape)
        start = stop
        if len(tensor.shape) > 1:
            levels, step = way(values)
            numbers += levels.tobytes() + step.tobytes()
            values = levels * step
        else:
            numbers += values.tobytes()
        tensors.append(values.ravel())
    parameters = np.concatenate(tensors).astype(np.float32)
    return replace(model, parameters=parameters), len(zlib.compress(numbers, 9))


def measured() -> dict[str, Any]:
    """Right answers and changed ones on each test, in 32 bits and rounded in each way."""
    where = machine(timed=False)
    model = load_model(DEFAULT_MODEL)
    tests = {name: load(name, rendering=Rendering((model.pen_width, model.pen_width))) for name in TESTS}
    whole = {name: Recognizer(model).probabilities(data.images) for name, data in tests.items()}

    def asked(small: Model, bytes_: int) -> dict[str, Any]:
        figures: dict[str, Any] = {"bytes": bytes_}
        for name, data in tests.items():
            shares = Recognizer(small).probabilities(data.images)
            best = shares.argmax(axis=1)
            figures[name] = {
                "n": len(best),
                "right": int((best == data.labels).sum()),
                "changed": int((best != whole[name].argmax(axis=1)).sum()),
                "furthest": float(np.abs(shares - whole[name]).max()),
            }
        return figures

    raw = len(zlib.compress(model.parameters.tobytes(), 9))
    rows = {"32 bits": asked(model, raw)}
    rows |= {name: asked(*rounded(model, way)) for name, way in WAYS.items()}
    npm_package.build_package()
    packed = load_model(npm_package.MODEL)
    if not np.array_equal(packed.parameters, rounded(model, WAYS[CHOSEN])[0].parameters):
        raise SystemExit("package_size: the package's weights are not the measured ones")
    modules = {
        name: len(gzip.compress((npm_package.PACKAGE / f"{name}.js").read_bytes(), 9)) for name in MODULES
    }
    return {"machine": where, "ways": rows, "modules": modules}


def table(results: dict[str, Any]) -> str:
    """A line for each way to round, then the modules."""
    first = next(iter(results["ways"].values()))
    head = ["weights", "bytes, deflated"]
    head += [f"`{test}`, correct of {first[test]['n']:,}" for test in TESTS]
    head += ["predictions that differ from 32 bits", "largest change of a probability"]
    rows = []
    for name, row in results["ways"].items():
        chosen = name == CHOSEN
        cells = [f"**{name}** (the package)" if chosen else name, f"{row['bytes']:,}"]
        cells += [f"{row[test]['right']:,}" for test in TESTS]
        cells.append(" + ".join(str(row[test]["changed"]) for test in TESTS))
        cells.append(f"{max(row[test]['furthest'] for test in TESTS):.2f}")
        rows.append(cells)
    modules = results["modules"]
    sizes = ", ".join(f"`{name}.js` {size:,}" for name, size in modules.items())
    return (
        f"{markdown.table(head, rows)}\n"
        f"The package's modules, gzipped: {sizes}; together {sum(modules.values()):,} bytes.\n"
    )


BENCHMARK = Benchmark("size/package_size.py", "package", table, timed=False)


def main() -> int:
    """Command line."""
    options = arguments(__doc__).parse_args()
    return BENCHMARK.run(options, measured)


if __name__ == "__main__":
    sys.exit(main())
