"""Which schedule of the rungs of successive halving ranks configurations better?

    python -m benchmarks.scale.rungs OUT.json                    # font-letters, measured on unipen_dev
    python -m benchmarks.scale.rungs OUT.json --data unipen_train --validation ""

27 configurations are trained for 27 epochs, and measured after each epoch: the shared schedule. The same
configurations are trained for 1, 3 and 9 epochs with a schedule that ends there: rungs of their own. The
script prints, for each, the rank correlation (Spearman 1904) with the accuracies after 27 epochs, and what
successive halving would have chosen. It measures no times; docs/research/sweeps.md has its results.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet._util import markdown
from lenet._util.files import atomic_write
from lenet.sweep.config import read_config
from lenet.sweep.plan import Plan, make_plan
from lenet.sweep.trial import Trial

EPOCHS, RUNGS, ETA = 27, (1, 3, 9), 3
AFTER_PEAK = 9  # the first rung after the peak of the learning rate, which is at 0.3 of the steps
CONFIG = """
{validation}
seeds = [0]
[fixed]
data = ["{data}"]
epochs = 27
[random]
draws = 27
seed = 1
arch = ["holzweber2021", "lenet1"]
learning_rate = {{ min = 0.001, max = 0.1, log = true }}
batch_size = {{ min = 32, max = 256, log = true }}
augmentation_strength = {{ min = 0.0, max = 1.5 }}
"""

Accuracies = npt.NDArray[np.float64]


def accuracies(trial: Trial, plan: Plan) -> list[float]:
    """Return the accuracy after each epoch of a training."""
    trainer = trial.trainer(plan.data[trial.data])
    letters = plan.validation or trainer.validation
    result = []
    for _ in trainer.epochs():
        probabilities = trainer.network.predict(trainer.state.parameters, letters.images)
        result.append(float((probabilities.argmax(axis=1) == letters.labels).mean()))
    return result


def measure(plan: Plan) -> list[dict[str, Any]]:
    """Return a record for each configuration: accuracies of the shared schedule and of own ones."""
    records = []
    for number, trial in enumerate(plan.trials, 1):
        own = {
            str(epochs): accuracies(replace(trial, recipe=replace(trial.recipe, epochs=epochs)), plan)[-1]
            for epochs in RUNGS
        }
        recipe = trial.recipe
        values = {"arch": trial.arch, "learning_rate": recipe.learning_rate, "batch_size": recipe.batch_size}
        records.append({**values, "own": own, "shared": accuracies(trial, plan)})
        print(f"{number} of {len(plan.trials)}", file=sys.stderr)
    return records


def spearman(a: Accuracies, b: Accuracies) -> float:
    """Return the correlation of the ranks; equal values share their mean rank."""
    return float(np.corrcoef(_ranks(a), _ranks(b))[0, 1])


def _ranks(values: Accuracies) -> Accuracies:
    return np.array([(values < v).sum() + ((values == v).sum() - 1) / 2 for v in values])


def chosen(rungs: list[Accuracies], final: Accuracies, kept: list[int]) -> int:
    """Return the configuration that is left after the rungs; `kept` are the numbers that each keeps."""
    left = np.arange(len(final))
    for scores, number in zip(rungs, kept, strict=True):
        left = left[np.argsort(-scores[left], kind="stable")[:number]]
    return int(left[np.argmax(final[left])])


def table(records: list[dict[str, Any]]) -> str:
    """Return a table: epochs, rank correlation, and the accuracy that the choice gives away."""
    shared = np.array([record["shared"] for record in records])
    final, count = shared[:, -1], len(records)
    own = {epochs: np.array([record["own"][str(epochs)] for record in records]) for epochs in RUNGS}
    rows = [[f"own, {k} epochs", f"{spearman(own[k], final):.2f}", "", ""] for k in RUNGS]
    for k in (*RUNGS, 18):
        rows.append([f"shared, after epoch {k}", f"{spearman(shared[:, k - 1], final):.2f}", "", ""])
    keeps = [9, 3, 1]
    early = [shared[:, k - 1] for k in RUNGS]
    ways = [
        ("halving with own schedules", list(own.values()), keeps, count + 9 * 3 + 3 * 9 + EPOCHS),
        ("halving on one schedule, from epoch 1", early, keeps, count + 9 * 2 + 3 * 6 + 18),
        ("one rung after the peak, one kept", early[2:], [1], count * AFTER_PEAK + 18),
        ("one rung after the peak, three kept", early[2:], [3], count * AFTER_PEAK + 3 * 18),
    ]
    for name, rungs, kept, epochs in ways:
        loss = final.max() - final[chosen(rungs, final, kept)]
        rows.append([name, "", f"{epochs / (count * EPOCHS):.2f}", f"{100 * loss:.2f}"])
    return markdown.table(["comparison", "rank correlation", "epochs of the full grid", "points lost"], rows)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="JSON file of the accuracies; read if it exists")
    parser.add_argument("--data", default="font-letters")
    parser.add_argument("--validation", default="unipen_dev", help='"": the tenth of the data')
    options = parser.parse_args()
    if not options.out.exists():
        line = f'validation = "{options.validation}"' if options.validation else ""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "rungs.toml")
            path.write_text(CONFIG.format(validation=line, data=options.data))
            plan = make_plan(read_config(path))
        records = measure(plan)
        with atomic_write(options.out) as stream:
            stream.write(json.dumps(records).encode())
    print(table(json.loads(options.out.read_text())), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
