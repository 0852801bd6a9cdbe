"""A training of this project, for time_to_accuracy.py: prints a line after every look at the tests.

Its one argument is the job, as JSON. Everything counts, from the files of letters on.
"""

from __future__ import annotations

import json
import sys

from lenet import metrics
from lenet.datasets import Rendering, load, load_all
from lenet.training.options import TrainingOptions
from lenet.training.trainer import prepare

STEPS = 64  # between two looks, about 0.25 s


def main() -> None:
    """Train on the letters and measure the accuracy at intervals."""
    job = json.loads(sys.argv[1])
    data = load_all(job["data"], rendering=Rendering(tuple(job["pens"]), seed=job["seed"]))
    tests = {name: load(name) for name in job["goals"]}
    training = prepare(
        job["net"],
        data,
        options=TrainingOptions(num_epochs=job["epochs"], seed=job["seed"], threads=job["threads"]),
    )
    last = training.steps * job["epochs"]
    done = looks = 0

    def look(more: int) -> None:
        nonlocal done, looks
        done += more
        if done // STEPS == looks and done < last:
            return
        looks = done // STEPS
        right = {}
        for name, letters in tests.items():
            answers = training.network.predict(
                training.state.parameters, letters.images, threads=job["threads"]
            )
            right[name] = metrics.classification_metrics(answers, letters.labels).correct
        print(json.dumps({"epochs": done / training.steps, "right": right}), flush=True)

    print(json.dumps({"versions": {}}), flush=True)
    for _ in training.epochs(look):
        pass


if __name__ == "__main__":
    main()
