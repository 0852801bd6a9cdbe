"""Writes docs/reference/models/: a card of each model of the package, with the figures that
benchmarks/accuracy/recipes.py measured.

python tools/codegen/model_cards.py
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

from lenet._util.files import atomic_write
from lenet.models import PRETRAINED_DIR
from lenet.models import file as model_file
from lenet.reports import model_card

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "reference" / "models"
RESULTS = ROOT / "benchmarks" / "results" / "recipes.json"
ABOUT = {
    "unipen_dev": "pen, other writers; chose recipes, seeds and pen widths",
    "omniglot_latin": "mouse, other people; chose nothing",
    "sd19_letters:test": "scans, a fifth that was held out; of the same writers",
    "az_sample:test": "scans, a fifth that was held out; upper case alone",
}


def page(name: str, results: dict[str, Any]) -> str:
    """The card of a model of the package.

    results  what benchmarks/accuracy/recipes.py recorded

    Raises SystemExit if the seed that ships is not among the results.
    """
    model = model_file.load(PRETRAINED_DIR / f"{name}.safetensors")
    runs = [run for run in results["runs"] if run["net"] == name]
    own = [run["found"] for run in runs if run["seed"] == model.training.seed]
    if not own:
        raise SystemExit(
            f"{RESULTS.relative_to(ROOT)} has no {name} with seed {model.training.seed}; "
            "measure it with benchmarks/accuracy/recipes.py"
        )
    figures = [
        model_card.Figure(
            test,
            found["n"],
            found["right"],
            found.get("il"),
            found.get("ece"),
            found.get("rejected"),
            ABOUT.get(test, ""),
        )
        for test, found in own[0].items()
        if "right" in found
    ]
    notes = f"{_declined(own[0])}{_seeds(runs, figures)}\n{_measured(results)}"
    return model_card.card(model, name, figures, notes)


def _declined(found: dict[str, Any]) -> str:
    """What it takes for no letter of drawings that are none, a line each."""
    return "".join(
        f"Of `{test}`, {values['n']:,} drawings that are no letter, {values['rejected']:,} are "
        f"declined ({100 * values['rejected'] / values['n']:.1f} %).\n\n"
        for test, values in found.items()
        if "right" not in values
    )


def _seeds(runs: list[dict[str, Any]], figures: list[model_card.Figure]) -> str:
    """How far trainings that differ in their seed alone are apart."""
    if len(runs) == 1:
        return "Trained with one seed: how much another would differ is not known.\n"
    rows = []
    for one in figures:
        shares = [100 * run["found"][one.data]["right"] / one.n for run in runs]
        spread = f"{statistics.mean(shares):.1f} ± {statistics.stdev(shares):.1f}"
        rows.append([f"`{one.data}`", spread, f"{min(shares):.1f} to {max(shares):.1f}"])
    seeds = ", ".join(str(run["seed"]) for run in runs)
    head = ["data", "right, %: mean and standard deviation", "least to most"]
    return (
        f"The same with the seeds {seeds}; the one that reads most of `unipen_dev` ships:\n\n"
        + model_card.markdown(head, rows)
    )


def _measured(results: dict[str, Any]) -> str:
    where = results["machine"]
    return (
        f"From `benchmarks/results/recipes.json`, {where['date']}; strokes are drawn with the pen "
        "below. This page is made by `python tools/codegen/model_cards.py`.\n"
    )


def main() -> int:
    """Writes a page for each model, and removes those of models that are no longer there."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    pages = {path.stem: page(path.stem, results) for path in sorted(PRETRAINED_DIR.glob("*.safetensors"))}
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("*.md"):
        if path.stem not in pages:
            path.unlink()
    for name, text in pages.items():
        with atomic_write(FOLDER / f"{name}.md") as file:
            file.write(text.encode())
        print(f"wrote {(FOLDER / name).relative_to(ROOT)}.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
