"""The engine's instructions, counted by callgrind, against those on record: slower is noticed."""

from __future__ import annotations

import json
import platform
import shutil
from pathlib import Path
from typing import Any

import pytest

from needs import missing
from repository import ROOT

pytestmark = pytest.mark.slow

FOLDER = ROOT / "benchmarks"
RECORD = FOLDER / "results" / "instructions.json"
SLOW_IN_VALGRIND = {
    "training step of 64, holzweber2021, augmented",
    "training step of 64, lenet5-relu",
}
"""Valgrind emulates AVX2's multiply-adds one by one; these are counted for the baseline alone."""


def recorded() -> dict[str, Any]:
    record: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return record


def test_the_engine_needs_no_more_instructions_than_on_record() -> None:
    from benchmarks.engine import instructions

    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("the counts on record are those of x86-64 on Linux")
    if not shutil.which("valgrind"):
        missing("valgrind is missing (apt-get install valgrind)")
    calls = [
        (isa, case)
        for isa, case in instructions.possible()
        if isa == "baseline" or case not in SLOW_IN_VALGRIND
    ]
    lines = instructions.changes(instructions.count(calls), recorded())
    assert not lines, (
        "the engine's instructions have changed; if that is meant, run "
        "benchmarks/engine/instructions.py again and commit its results:\n" + "\n".join(lines)
    )


def test_the_record_holds_all_cases() -> None:
    from benchmarks.engine import instructions
    from benchmarks.engine.calls import CASES

    cases = recorded()["cases"]
    assert set(cases) == set(CASES)
    for case in cases.values():
        assert set(case["instructions"]) == set(instructions.ISAS)


def test_the_table_comes_from_the_record() -> None:
    from benchmarks.engine import instructions

    begin = "<!-- figures: benchmarks/engine/instructions.py -->\n"
    made = begin + instructions.table(recorded()) + "<!-- end of figures -->\n"
    assert made in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1000, None),
        (1050, None),
        (1051, "a case, avx2: 1,051, 5.1 % more than recorded"),
        (900, None),
        (899, "a case, avx2: 899, 10.1 % fewer than recorded"),
    ],
)
def test_counts_beyond_the_margins_are_named(count: int, expected: str | None) -> None:
    from benchmarks.engine import instructions

    record = {"cases": {"a case": {"instructions": {"avx2": {"median": 1000}}}}}
    lines = instructions.changes({("avx2", "a case"): count}, record)
    assert lines == ([expected] if expected else [])
    assert instructions.changes({("avx2", "another"): count}, record) == ["another, avx2: never recorded"]


def test_what_valgrind_lacks_is_one_line_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from benchmarks.engine import instructions

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"^instructions: valgrind is missing; apt-get .*$"):
        instructions.count([("baseline", "one answer")])
