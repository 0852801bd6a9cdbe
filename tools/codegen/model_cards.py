"""Write docs/reference/models/: a card of each pretrained model, with measured figures.

benchmarks/accuracy/recipes.py measures them.

python tools/codegen/model_cards.py
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Any

from lenet._util import markdown
from lenet._util.files import atomic_write
from lenet.models import PRETRAINED_DIR, load_model
from lenet.reports import model_card

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "reference" / "models"
RESULTS = ROOT / "benchmarks" / "results" / "recipes.json"
ABOUT = {
    "unipen_dev": "pen, other writers; recipes, seeds and pen widths were chosen on it",
    "omniglot_latin": "mouse, other writers; nothing was chosen on it",
    "sd19_letters:test": "scans, held-out fifth; same writers",
    "az_sample:test": "scans, held-out fifth; upper case only",
}


def page(name: str, results: dict[str, Any]) -> str:
    """Write the card of a pretrained model.

    Args:
        name: name of the model file, without its ending.
        results: what benchmarks/accuracy/recipes.py recorded.

    Returns:
        Markdown.

    Raises:
        SystemExit: the seed that ships is not among the results.
    """
    model = load_model(PRETRAINED_DIR / f"{name}.safetensors")
    runs = [run for run in results["runs"] if run["net"] == name]
    shipped = [run["found"] for run in runs if run["seed"] == model.training.seed]
    if not shipped:
        raise SystemExit(
            f"{RESULTS.relative_to(ROOT)} has no {name} with seed {model.training.seed}; "
            "measure it with benchmarks/accuracy/recipes.py"
        )
    figures = [
        model_card.CardFigures(
            data=test,
            n=row["n"],
            correct=row["right"],
            confusions_i_l=row.get("il"),
            ece=row.get("ece"),
            rejected=row.get("rejected"),
            about=ABOUT.get(test, ""),
        )
        for test, row in shipped[0].items()
        if "right" in row
    ]
    notes = f"{_rejected(shipped[0])}{_seeds(runs, figures)}\n{_source(results)}"
    return model_card.card(model, name, figures, notes)


def _rejected(rows: dict[str, Any]) -> str:
    """Say how many drawings that are not letters are rejected, a paragraph for each set."""
    return "".join(
        f"Of the {row['n']:,} drawings of `{test}`, which are not letters, {row['rejected']:,} are "
        f"rejected ({100 * row['rejected'] / row['n']:.1f} %).\n\n"
        for test, row in rows.items()
        if "right" not in row
    )


def _seeds(runs: list[dict[str, Any]], figures: list[model_card.CardFigures]) -> str:
    """Compare the trainings that differ in their seed alone."""
    if len(runs) == 1:
        return "It was trained with one seed, so the spread over seeds is unknown.\n"
    rows = []
    for figure in figures:
        accuracies = [100 * run["found"][figure.data]["right"] / figure.n for run in runs]
        spread = f"{statistics.mean(accuracies):.1f} ± {statistics.stdev(accuracies):.1f}"
        rows.append([f"`{figure.data}`", spread, f"{min(accuracies):.1f} to {max(accuracies):.1f}"])
    seeds = ", ".join(str(run["seed"]) for run in runs)
    head = ["data set", "accuracy, %: mean ± standard deviation", "lowest to highest"]
    return (
        f"Trainings with the seeds {seeds}; the one with the highest accuracy on `unipen_dev` ships:\n\n"
        + markdown.table(head, rows)
    )


def _source(results: dict[str, Any]) -> str:
    return (
        f"The figures are from `benchmarks/results/recipes.json`, {results['machine']['date']}.\n"
        "`python tools/codegen/model_cards.py` makes this page.\n"
    )


def main() -> int:
    """Write a page for each model, and remove the pages of other models."""
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
