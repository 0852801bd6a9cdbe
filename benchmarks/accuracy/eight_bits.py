"""Measure the accuracy lost by 8-bit integers: the package's models before and after, in LiteRT and C.

    python -m benchmarks.accuracy.eight_bits            # needs ../shared; a minute
    python -m benchmarks.accuracy.eight_bits --only-table

The ranges of the numbers come from four fifths of the package's own letters of fonts, as with
`lenet export`; the letters that are read are others. Writes benchmarks/results/eight-bits.json and
the table in docs/reference/formats.md.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.lib.measuring import ROOT, Benchmark, arguments, machine

from lenet import exporters, metrics
from lenet._util import markdown
from lenet.datasets import Rendering, load, load_train_test
from lenet.exporters.exporter import CALIBRATION, evenly
from lenet.models import PRETRAINED_DIR, load_model

SETS = {
    "font-letters:test": "fonts, a fifth",
    "unipen_dev": "UNIPEN, other writers",
    "sd19_letters:test": "NIST SD19, a fifth",
}
FORMATS = ("litert-int8", "c-int8")


def measure() -> dict[str, Any]:
    """Every model of the package on every set."""
    writers = {name: exporters.FORMATS[name].writer for name in FORMATS}
    where = machine({name: writer.runtime() for name, writer in writers.items()}, timed=False)
    rows = []
    for path in sorted(PRETRAINED_DIR.glob("*.safetensors")):
        model = load_model(path)
        letters = {
            name: load(name, rendering=Rendering((model.pen_width, model.pen_width)), part="test")
            for name in SETS
        }
        own = load_train_test("font-letters").train.images
        graph = exporters.lower(model, own[evenly(len(own), CALIBRATION)])
        for form, writer in writers.items():
            with tempfile.TemporaryDirectory() as folder:
                paths = writer.write(graph, Path(folder))
                for name, data in letters.items():
                    before, after = (
                        metrics.classification_metrics(answers, data.labels).accuracy
                        for answers in (
                            graph.probabilities(data.images),
                            writer.run(paths, data.images),
                        )
                    )
                    row = {"model": path.stem, "format": form, "set": name, "letters": len(data)}
                    rows.append({**row, "before": float(before), "after": float(after)})
    return {"machine": where, "rows": rows}


def table(results: Any) -> str:
    """The table of docs/reference/formats.md: a row a model and format, a column a set."""
    rows = results["rows"]
    counts = {row["set"]: row["letters"] for row in rows}
    head = ["", "format", *(f"{about}: {counts[name]:,}" for name, about in SETS.items())]
    lines = []
    for model, form in dict.fromkeys((row["model"], row["format"]) for row in rows):
        own = {row["set"]: row for row in rows if (row["model"], row["format"]) == (model, form)}
        gains = {name: own[name]["after"] - own[name]["before"] for name in SETS}
        accuracies = [f"{100 * own[name]['after']:.2f} ({100 * gains[name]:+.2f})" for name in SETS]
        lines.append([f"`{model}`", f"`{form}`", *accuracies])
    where = results["machine"]
    return (
        markdown.table(head, lines) + f"\nAccuracy in 8 bits, % (difference to the model itself, in points). "
        f"{'; '.join(where[form] for form in FORMATS)}; {where['date']}.\n"
    )


BENCHMARK = Benchmark(
    "accuracy/eight_bits.py", "eight-bits", table, ROOT / "docs" / "reference" / "formats.md", timed=False
)


def main() -> int:
    """Command line."""
    options = arguments(__doc__).parse_args()
    return BENCHMARK.run(options, measure)


if __name__ == "__main__":
    sys.exit(main())
