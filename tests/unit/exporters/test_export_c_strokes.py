"""Strokes in an exported header: the engine's bytes, Python's answers, with any compiler."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compilers import SANITIZED, SOURCES, STRICT, ZIG, Drawings, clang, compile_c, failed_c, gcc
from lenet import ink
from lenet.inference.recognizer import Recognizer
from lenet.models import DEFAULT_MODEL, load_model
from needs import missing
from repository import VECTORS as VECTORS_FOLDER

pytestmark = pytest.mark.compiler

VECTORS = json.loads((VECTORS_FOLDER / "ink.json").read_text(encoding="utf-8"))
DRAWN, BLANK, BAD_ARGUMENT, BAD_COORDINATE, TOO_LARGE = 1, 0, -1, -3, -4
VERDICTS = ("empty", "not-a-letter", "unsure", "letter")


@pytest.fixture(scope="module")
def watched(shipped: Path) -> Iterator[Drawings]:
    """A program under gcc's sanitizers."""
    running = Drawings([*gcc(), *SANITIZED], shipped)
    yield running
    running.close()


@pytest.fixture(scope="module")
def fast(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drawings]:
    """The same made by Clang as fast as may be, for this very processor."""
    folder = tmp_path_factory.mktemp("fast")
    (folder / "model.h").write_bytes((shipped / "model.h").read_bytes())
    running = Drawings([*clang(), "-O3", "-march=native"], folder)
    yield running
    running.close()


@pytest.mark.parametrize("vector", VECTORS["strokes"], ids=[v["name"] for v in VECTORS["strokes"]])
def test_strokes_become_the_committed_bytes(
    vector: dict[str, Any], watched: Drawings, fast: Drawings
) -> None:
    for program in (watched, fast):
        answer = program.ask(vector["strokes"], vector["pen"])
        assert answer.rasterized == DRAWN
        assert answer.image.hex() == vector["image"]


coordinates = st.floats(-1e9, 1e9) | st.integers(-50, 50).map(float)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.tuples(coordinates, coordinates), max_size=5), max_size=4),
    st.floats(0.02, 1),
)
def test_any_strokes_become_the_bytes_of_the_engine(
    watched: Drawings, drawing: list[list[tuple[float, float]]], pen: float
) -> None:
    answer = watched.ask(drawing, pen)
    image = ink.rasterize(drawing, pen)
    assert answer.rasterized == answer.recognised == (BLANK if image is None else DRAWN)
    assert answer.image == (bytes(784) if image is None else image.tobytes())
    assert (answer.verdict == 0) == (image is None)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(-5, 9) | st.sampled_from([2**31 - 1, -(2**31), 99_999]), max_size=4),
    st.lists(st.floats(width=64), max_size=18),
    st.integers(-3, 4),
    st.floats(),
)
def test_no_call_reads_or_writes_astray(
    watched: Drawings, lengths: list[int], numbers: list[float], strokes: int, pen: float
) -> None:
    strokes = min(strokes, len(lengths)) if lengths else strokes
    counts = lengths[: max(0, strokes)]
    needed = 2 * sum(counts) if min(counts, default=0) >= 0 and sum(counts) <= 100_000 else 0
    points = np.resize(numbers or [0.0], max(len(numbers), needed))  # as the caller promises
    answer = watched.ask_raw(lengths, points, strokes, pen)
    if answer.rasterized < 0:
        assert answer.image == bytes([77]) * 784


def line(count: int) -> list[tuple[float, float]]:
    return [(i % 100, i // 100) for i in range(count)]


@pytest.mark.parametrize(
    ("drawing", "status"),
    [
        ([], BLANK),
        ([[]], BLANK),
        ([[], [(3, 4)], []], DRAWN),
        ([[(float("nan"), 0)]], BAD_COORDINATE),
        ([[(0, 0), (0, float("inf"))]], BAD_COORDINATE),
        ([[(0, 0), (-1.1e9, 0)]], BAD_COORDINATE),
        ([[(-1e9, 1e9), (1e9, -1e9)]], DRAWN),
        ([[(1e9, 1e9), (np.nextafter(1e9, 0), 1e9)]], DRAWN),
        ([[(5e-324, 0), (0, 5e-324)]], DRAWN),
        ([line(10_000)], DRAWN),
        ([line(50_000), line(50_001)], TOO_LARGE),
    ],
)
def test_bad_drawings_are_told(watched: Drawings, drawing: Any, status: int) -> None:
    answer = watched.ask(drawing)
    assert answer.rasterized == answer.recognised == status
    if status >= 0:
        image = ink.rasterize(drawing, 0.1)
        assert answer.image == (bytes(784) if image is None else image.tobytes())
    else:
        assert answer.image == bytes([77]) * 784
        assert not answer.probabilities.any()


@pytest.mark.parametrize("pen", [0.0, 0.019, 1.01, -1, float("nan"), float("inf")])
def test_pens_beyond_their_range_are_told(watched: Drawings, pen: float) -> None:
    assert watched.ask([[(0, 0), (1, 2)]], pen).rasterized == BAD_ARGUMENT


def test_counts_that_are_none_are_told(watched: Drawings) -> None:
    for lengths, strokes in (([1], -1), ([-1], 1), ([-(2**31)], 1)):
        assert watched.ask_raw(lengths, np.zeros(2), strokes, 0.1).rasterized == BAD_ARGUMENT
    assert watched.ask_raw([], np.zeros(2), 1, 0.1).rasterized == BAD_ARGUMENT  # null pointers
    assert watched.ask_raw([1], np.zeros(0), 1, 0.1).rasterized == BAD_ARGUMENT
    for lengths in ([2**31 - 1], [1, 2**31 - 1, 2**31 - 1]):
        answer = watched.ask_raw(lengths, np.zeros(2), len(lengths), 0.1)
        assert answer.rasterized == TOO_LARGE


def test_real_drawings_are_answered_as_in_python(shared: Path, fast: Drawings) -> None:
    recognizer = Recognizer(load_model(DEFAULT_MODEL))
    paths = [shared / "strokes" / f"{name}.jsonl.gz" for name in ("unipen_dev", "not_letters_dev")]
    drawings = [d for path in paths for d in list(ink.read_drawings(path))[::16]]
    seen = set()
    for drawing in drawings:
        meant = recognizer.recognize(drawing.strokes)
        answer = fast.ask(drawing.strokes)
        assert VERDICTS[answer.verdict] == meant.verdict
        best, probability = meant.candidates[0]
        assert recognizer.labels[answer.best] == best
        assert abs(answer.probabilities[answer.best] - probability) < 1e-5
        seen.add(meant.verdict)
    assert seen == {"letter", "unsure", "not-a-letter"}


# ---- Compilers ---------------------------------------------------------------------------------

ALONE = '#define LENET_IMPLEMENTATION\n#include "{header}"\n'


def test_a_build_that_fuses_operations_is_told(shipped: Path, tmp_path: Path) -> None:
    processor = Path("/proc/cpuinfo")
    known = set(processor.read_text().split() if processor.exists() else ())
    if not {"fma", "asimd"} & known:
        missing("no fused operations in this processor")
    fusing = ["-O2", "-ffp-contract=fast", *(["-mfma"] if "fma" in known else [])]
    text = (shipped / "model.h").read_text(encoding="utf-8")
    (tmp_path / "model.h").write_text(re.sub(r"^#pragma .*", "", text, flags=re.MULTILINE))
    for folder, meant in ((tmp_path, 0), (shipped, 1)):
        source_file, program = folder / "fused.c", folder / "fused"
        code = "int main(void) { return lenet_self_test(); }\n"
        source_file.write_text(ALONE.format(header="model.h") + code)
        compile_c(gcc(), folder, *fusing, str(source_file), "-o", str(program), "-lm")
        assert subprocess.run([program], check=False).returncode == meant


OTHERS = {"fast": ["-ffast-math"], "x87": ["-target", "x86-linux-musl", "-mcpu=i586"]}


@pytest.mark.parametrize("flags", OTHERS.values(), ids=OTHERS)
def test_arithmetic_of_other_kinds_is_refused(shipped: Path, flags: list[str]) -> None:
    done = failed_c(clang(), shipped, *flags, "-E", str(SOURCES / "drawings.c"))
    assert done.returncode
    assert "the rasteriser needs" in done.stderr


@pytest.mark.parametrize("standard", ["c++98", "c++20"])
@pytest.mark.parametrize("header", ["model.h", "model-int8.h"])
def test_it_is_cpp_too(shipped: Path, tmp_path: Path, header: str, standard: str) -> None:
    (tmp_path / "all.cpp").write_text(ALONE.format(header=header))
    flags = [f"-std={standard}", *STRICT[1:7], "-Wno-long-long", "-O1", "-c"]
    compile_c([*ZIG, "c++"], tmp_path, *flags, "-I", str(shipped), "all.cpp")


def test_the_implementation_is_in_one_file_of_many(shipped: Path, tmp_path: Path) -> None:
    (tmp_path / "one.c").write_text(2 * ALONE.format(header="model-int8.h"))
    (tmp_path / "two.c").write_text(
        '#include "model-int8.h"\n#include "model-int8.h"\n#include <stdio.h>\n'
        "int main(void) { puts(lenet_label(25)); return lenet_label(26) != 0; }\n"
    )
    files = [str(tmp_path / name) for name in ("one.c", "two.c")]
    compile_c(gcc(), shipped, *STRICT, *files, "-o", str(tmp_path / "both"), "-lm")
    assert subprocess.check_output([tmp_path / "both"], text=True) == "Z\n"


@pytest.mark.parametrize("header", ["model.h", "model-int8.h"])
def test_a_microcontroller_needs_no_more_than_a_mathematical_library(
    shipped: Path, tmp_path: Path, header: str
) -> None:
    (tmp_path / "math.h").write_text("float expf(float);\nfloat logf(float);\nfloat tanhf(float);\n")
    (tmp_path / "all.c").write_text(ALONE.format(header=header))
    target = ["-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m4", "-Os", "-ffreestanding"]
    compile_c(clang(), tmp_path, *target, *STRICT, "-I", str(shipped), "-c", "all.c")
