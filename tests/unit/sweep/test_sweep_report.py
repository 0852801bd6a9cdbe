"""The report of a sweep, against figures computed by hand and by other libraries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from commands import lenet
from lenet.executors.local import LocalExecutor
from lenet.sweep.analysis import Candidate, candidates, compare, factors, frontier
from lenet.sweep.report import render_report
from lenet.sweep.row import Machine, Row, pack_hits
from lenet.sweep.runner import run_sweep
from lenet.sweep.trial import Trial
from lenet.training.recipes import NO_AUGMENTATION, Recipe
from made_sweep import GRID, plan

MACHINE = Machine("0", None, "a processor", 8, 100.0)
TRIAL = Trial("lenet1", ("x",), "0", None, None, Recipe(epochs=1), 0, "")


def row(trial: Trial, correct: int, letters: int = 100, seconds: float = 1.0, parameters: int = 10) -> Row:
    hits = pack_hits(np.arange(letters) < correct)
    costs = {"parameters": parameters, "seconds": seconds, "cpu_seconds": seconds}
    return Row(trial, letters, correct, 0.5, 1, 1, machine=MACHINE, weights="", hits=hits, **costs)  # type: ignore[arg-type]


def grid(accuracy: dict[tuple[float, int], int], seeds: Sequence[int] = (0, 1)) -> list[Row]:
    """Return rows for learning rates and batch sizes; a seed adds its number to the correct letters."""
    return [
        row(
            replace(TRIAL, seed=seed, recipe=replace(TRIAL.recipe, learning_rate=rate, batch_size=size)),
            correct + seed,
        )
        for (rate, size), correct in accuracy.items()
        for seed in seeds
    ]


ROWS = grid({(0.1, 8): 50, (0.1, 16): 52, (0.2, 8): 70, (0.2, 16): 74})


def test_factors_are_means_over_the_others() -> None:
    rate, size = factors(ROWS)
    assert [rate.name, size.name] == ["learning_rate", "batch_size"]
    assert [(level.name, level.count) for level in rate.levels] == [("0.1", 4), ("0.2", 4)]
    assert [level.mean for level in rate.levels] == pytest.approx([0.515, 0.725])
    assert rate.levels[0].spread == pytest.approx(np.std([0.50, 0.51, 0.52, 0.53], ddof=1))
    assert rate.effect == pytest.approx(0.21)
    groups = [[r.accuracy for r in ROWS if r.trial.recipe.learning_rate == value] for value in (0.1, 0.2)]
    f = stats.f_oneway(*groups).statistic
    assert rate.explained == pytest.approx(f / (f + 6))  # eta squared of the F statistic
    assert rate.explained + size.explained < 1


def test_many_values_become_quarters() -> None:
    rows = grid({(0.01 * (k + 1), 8): k for k in range(40)}, seeds=[0])
    [rate] = factors(rows)
    assert [level.count for level in rate.levels] == [10, 10, 10, 10]
    assert rate.levels[0].name == "0.01 to 0.1"
    assert rate.levels[0].mean == pytest.approx(np.mean(range(10)) / 100)


def test_values_that_change_together_are_one_factor() -> None:
    rows = [replace(r, trial=replace(r.trial, arch="lenet5" if r.correct > 60 else "lenet1")) for r in ROWS]
    both, size = factors(rows)
    assert (both.name, size.name) == ("arch, learning_rate", "batch_size")
    assert [level.name for level in both.levels] == ["lenet1, 0.1", "lenet5, 0.2"]


def test_the_strengths_of_the_augmentation_are_one_name() -> None:
    rows = [
        replace(r, trial=replace(r.trial, recipe=replace(r.trial.recipe, augmentation=NO_AUGMENTATION)))
        if r.trial.recipe.learning_rate == 0.1
        else r
        for r in ROWS
    ]
    factor = factors(rows)[0]
    assert factor.name == "learning_rate, augmentation.rotation and 6 more strengths"
    assert [level.name for level in factor.levels] == ["0.1, 0", "0.2, 12"]
    page = render_report("one", rows).decode()
    assert "<td>0.2, 12</td>" in page


def test_two_drawn_numbers_are_two_factors() -> None:
    random = np.random.default_rng(0).permutation(40)
    rows = [
        replace(r, trial=replace(r.trial, recipe=replace(r.trial.recipe, weight_decay=0.01 * float(k))))
        for r, k in zip(grid({(0.01 * (k + 1), 8): k for k in range(40)}, seeds=[0]), random, strict=True)
    ]
    assert [factor.name for factor in factors(rows)] == ["learning_rate", "weight_decay"]


def test_factors_compare_one_length_only() -> None:
    short = [replace(r, trial=replace(r.trial, stop_after=1), epochs=1) for r in ROWS]
    long = [
        replace(r, epochs=9, trial=replace(r.trial, recipe=replace(r.trial.recipe, epochs=9))) for r in ROWS
    ]
    assert factors([*short, *long[-2:]]) == factors(short)


def test_the_winner_is_the_best_mean_of_the_seeds() -> None:
    best = candidates(ROWS)
    assert [one.accuracy for one in best] == pytest.approx([0.745, 0.705, 0.525, 0.505])
    assert best[0].spread == pytest.approx(np.std([0.74, 0.75], ddof=1))
    failed = [replace(ROWS[-1], error="no", correct=0), *ROWS[:-1]]
    assert len(candidates(failed)) == 3


def test_winner_and_runner_up_are_paired() -> None:
    first, second = candidates(ROWS)[:2]
    results = compare(first, second)
    assert [one.seed for one in results] == [0, 1]
    for one in results:
        assert (one.result.only_first, one.result.only_second) == (4, 0)
        assert one.result.p == pytest.approx(stats.binomtest(4, 4).pvalue)
    other = Candidate(tuple(replace(r, trial=replace(r.trial, data_digest="1")) for r in second.rows))
    assert compare(first, other) == []


def test_the_frontier_is_what_nothing_beats() -> None:
    costs = [(5, 50), (5, 60), (7, 55), (9, 61), (9, 60), (1, 10)]
    rows = [row(replace(TRIAL, arch=str(k)), hits, parameters=cost) for k, (cost, hits) in enumerate(costs)]
    edge = frontier(candidates(rows), lambda one: one.parameters)
    assert [(one.parameters, one.rows[0].correct) for one in edge] == [(1, 10), (5, 60), (9, 61)]


class Page(HTMLParser):
    """Collects the tags of a page and checks that they are closed."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.feed(page.decode())
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in {"meta", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        [],
        ROWS[:1],
        [replace(ROWS[0], error="<b>the weights</b> are no longer finite", correct=0, letters=0)],
        [replace(r, correct=100) for r in ROWS],
        [replace(r, correct=0, cpu_seconds=0.0) for r in ROWS],
    ],
)
def test_the_page_is_complete_in_itself(rows: list[Row]) -> None:
    page = render_report("a <sweep>", rows)
    seen = Page(page).seen
    assert not {"script", "link", "img"} & set(seen)
    assert b"a &lt;sweep&gt;" in page
    assert b"<b>" not in page
    assert not re.search(rb"https?://", page)


def test_hundreds_of_configurations_make_a_small_page() -> None:
    rows = grid({(1e-5 * (k + 1), 8): k % 100 for k in range(800)})
    assert len(render_report("x", rows)) < 100_000


def test_the_command(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "holds no results.jsonl" in lenet("sweep", "report", tmp_path).stderr
    run_sweep(plan(tmp_path, GRID), out, LocalExecutor(1))
    done = lenet("sweep", "report", out)
    assert done.returncode == 0, done.stderr
    assert "4 trainings, 2 configurations\nlearning_rate: " in done.stdout
    assert Page((out / "report.html").read_bytes()).seen.count("svg") == 3
