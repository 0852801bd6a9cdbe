"""The headers of `lenet export --to c,c-int8`: compiled as their users would, and asked."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reference_int8
from compilers import SANITIZED, SOURCES, STRICT, Drawings, clang, compile_c, gcc, headers
from lenet import exporters
from lenet.cli import main as cli
from lenet.errors import LenetError, MissingDependencyError
from lenet.exporters import FORMATS
from lenet.exporters.c import compiler, source
from lenet.exporters.c.quantized import quantize_passes
from lenet.models import DEFAULT_MODEL, Dense, Model, ModelMetadata, Spec, TrainingRecord, load_model
from made import REPRESENTATIVES, blots, letters, real_letters, refusal, untrained
from repository import ROOT

pytestmark = pytest.mark.compiler

VERDICTS = ("empty", "not-a-letter", "unsure", "letter")


# ---- Networks ----------------------------------------------------------------------------------


def answers(graph: exporters.Graph, images: np.ndarray, folder: Path) -> np.ndarray:
    """Probabilities (n, 2, classes) of both headers in one program, under gcc's sanitizers."""
    files = [str(SOURCES / name) for name in ("float32.c", "int8.c", "images.c")]
    program = str(folder / "images")
    compile_c(gcc(), folder, *STRICT, *SANITIZED, *files, "-o", program, "-lm")
    (folder / "in").write_bytes(images.tobytes())
    done = subprocess.run([program, "in", "out"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    probabilities = np.fromfile(folder / "out", np.float32)
    return probabilities.reshape(len(images), 2, len(graph.model.labels))


def check(graph: exporters.Graph, images: np.ndarray, folder: Path) -> None:
    """Compare what both headers answer with the engine, and the second with integers in NumPy."""
    headers(graph, folder)
    files = [str(SOURCES / name) for name in ("float32.c", "int8.c")]
    compile_c(clang(), folder, *STRICT, "-O1", "-c", *files)
    probabilities = answers(graph, images, folder)
    meant = graph.probabilities(images)
    assert np.abs(probabilities[:, 0] - meant).max() < 1e-5
    logits = reference_int8.logits(quantize_passes(graph), images)
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    assert np.abs(probabilities[:, 1] - shares).max() < 1e-5
    assert np.abs(shares - meant).mean() < 0.004


@pytest.mark.parametrize("name", REPRESENTATIVES)
def test_both_headers_answer_as_the_engine(name: str, tmp_path: Path) -> None:
    model = untrained(name)
    images = blots(model)
    check(exporters.lower(model, images), images, tmp_path)


ODD: dict[str, tuple[list[int], list[dict[str, Any]]]] = {
    "maxima and relu first": ([11, 13], [{"maxpool": 2}, {"relu": {}}, {"conv": 3, "kernel": 3}]),
    "ink dark": ([9, 9], [{"scale": [1, -1]}, {"maxpool": 3}, {"relu": {}}]),
    "padding that is no pixel": (
        [9, 8],
        [
            {"scale": [0.5, 1]},
            {"conv": 2, "kernel": 3, "padding": "same", "pad_value": -0.3, "stride": 2},
            {"relu": {}},
            {"conv": 2, "kernel": 3, "padding": "same", "pad_value": 0.7, "bias": "unit"},
            {"maxpool": 2},
        ],
    ),
    "tanh before maxima": (
        [28, 28],
        [{"resize": 12}, {"conv": 2, "kernel": 5}, {"tanh": {}}, {"maxpool": 3}, {"tanh": {}}],
    ),
    "subsampling alone": (
        [10, 7],
        [{"subsample": 2}, {"relu": {}}, {"subsample": 1}, {"dense": 4}],
    ),
    "one pixel": ([1, 1], []),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_networks(name: str, tmp_path: Path) -> None:
    sides, layers = ODD[name]
    spec = Spec.from_json({"input": sides, "layers": [*layers, {"dense": 3}]})
    numbers = np.random.default_rng(3)
    weights = spec.network().initialise(7)
    weights += numbers.normal(0, 0.1, len(weights)).astype(np.float32)
    model = Model(spec, weights, ModelMetadata('ä"\\'))
    images = numbers.integers(0, 256, (12, *sides)).astype(np.uint8)
    images[0], images[1] = 0, 255
    check(exporters.lower(model, images), images, tmp_path)
    text = (tmp_path / "model.h").read_text(encoding="utf-8")
    assert ("lenet_rasterise" in text) == (sides == [28, 28])


# ---- Text --------------------------------------------------------------------------------------


def test_the_same_model_gives_the_same_text(shipped: Path, tmp_path: Path) -> None:
    graph = exporters.lower(load_model(DEFAULT_MODEL), letters(40).images)
    for name, text in zip(("model.h", "model-int8.h"), headers(graph, tmp_path), strict=True):
        assert text.encode() == (shipped / name).read_bytes()
        assert max(map(len, text.split("\n"))) <= 112


def test_a_header_says_what_it_takes(shipped: Path, tmp_path: Path) -> None:
    for header in ("model.h", "model-int8.h"):
        text = (shipped / header).read_text(encoding="utf-8")
        match = re.search(r"constants ([\d,]+), scratch ([\d,]+)", text)
        assert match
        constants, scratch = (int(number.replace(",", "")) for number in match.groups())
        sizes = {"float": 4, "int32_t": 4, "int8_t": 1}
        arrays = re.findall(r"^static const (\w+) lenet_\w+\[([\d *]+)\]", text, re.MULTILINE)
        lengths = [np.prod([int(n) for n in sides.split(" * ")]) for _, sides in arrays]
        assert constants == sum(
            sizes[kind] * length for (kind, _), length in zip(arrays, lengths, strict=True)
        )
        right = f"sizeof(lenet_scratch) == {scratch} ? 1 : -1"
        (tmp_path / "size.c").write_text(f'#include "{header}"\ntypedef char right[{right}];\n')
        compile_c(gcc(), shipped, "-fsyntax-only", str(tmp_path / "size.c"))


def test_a_header_holds_the_licence_and_the_credits(shipped: Path) -> None:
    text = (shipped / "model.h").read_text(encoding="utf-8")
    end = " ".join(text.rsplit("/*", 1)[1].replace("\n *", "\n").split())
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert " ".join(licence.split()) in end
    assert "UNIPEN train_r01_v07, International Unipen Foundation (CC BY 4.0)" in end
    for line in load_model(DEFAULT_MODEL).training.attributions:
        assert " ".join(line.replace("*", " ").split()) in end


def test_only_what_a_network_needs_is_there(shipped: Path) -> None:
    text = (shipped / "model.h").read_text(encoding="utf-8")
    defined = set(re.findall(r"^static [^=;]*?(lenet_\w+)\(", text, re.MULTILINE))
    assert {"lenet_convolve", "lenet_relu", "lenet_draw"} <= defined
    assert not defined & {"lenet_tanh", "lenet_subsample", "lenet_resize", "lenet_greatest"}
    for name in defined:
        assert len(re.findall(rf"\b{name}\b", text)) > 1


def test_what_a_model_calls_itself_cannot_leave_its_place(tmp_path: Path) -> None:
    hostile = '*/ int injected; /* " \\ ??/ \n#error\u202e é'
    model = untrained("lenet1")
    record = TrainingRecord(name=hostile, attributions=(hostile,), data=(hostile,))
    labels = '"\\?%\u00e9\u4e16*/' + "ABCDEFGHIJKLMNOPQR"
    spec = model.spec.with_num_classes(len(labels))
    weights = spec.network().initialise(1)
    model = Model(spec, weights, ModelMetadata(labels, training=record))
    graph = exporters.lower(model, letters(20).images)
    for text in headers(graph, tmp_path):
        code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        assert "injected" not in code.replace(source.string(hostile), "")
    (tmp_path / "labels.c").write_text(
        '#include <stdio.h>\n#define LENET_IMPLEMENTATION\n#include "model.h"\n'
        "int main(void) { int32_t k; for (k = 0; k < LENET_CLASSES; k++) "
        "fputs(lenet_label(k), stdout); return fputs(LENET_MODEL, stdout) < 0; }\n"
    )
    compile_c(gcc(), tmp_path, *STRICT, "labels.c", "-o", "labels", "-lm")
    output = subprocess.check_output([tmp_path / "labels"]).decode()
    assert output == labels + hostile


def test_thresholds_that_nobody_fitted_never_apply(tmp_path: Path) -> None:
    graph = exporters.lower(untrained("lenet1"), letters(20).images)
    headers(graph, tmp_path)
    running = Drawings([*gcc(), "-O1"], tmp_path)
    answer = running.ask([[(0, 0), (3, 3)]], 0.1)
    running.close()
    assert VERDICTS[answer.verdict] == "letter"


# ---- Commands ----------------------------------------------------------------------------------


def test_the_command_says_what_8_bits_cost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "letters.npz"
    glyphs = real_letters()
    np.savez(data, images=glyphs.images, labels=glyphs.labels + 1)
    assert cli.main(["export", "--to", "c,c-int8", "--data", str(data), str(tmp_path / "out")]) == 0
    output = capsys.readouterr().out
    assert re.search(r"model\.h  .*verified with .* largest difference of a probability \d\.\de-\d\d", output)
    cost = re.search(r"model-int8\.h  .*accuracy ([\d.]+) % \(float32: ([\d.]+) %\)", output)
    assert cost
    text = (tmp_path / "out" / "model-int8.h").read_text(encoding="utf-8")
    sentence = f"{cost[1]} %; of float32: {cost[2]} %."
    assert sentence in " ".join(text.replace("\n *", "\n").split())
    assert "was not measured" not in text


def test_without_a_compiler_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    command = compiler.compiler()
    assert command[1:] == ["-m", "ziglang", "cc"]
    assert "clang" in compiler.runtime()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match="install gcc or clang, or: pip install ziglang"):
        compiler.compiler()


def test_a_header_that_does_not_compile_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "model.h"
    path.write_text("#error\n")
    with pytest.raises(LenetError, match="error"):
        compiler.run([path], letters(1).images)


def test_sums_beyond_32_bits_are_refused(tmp_path: Path) -> None:
    spec = Spec((512, 512), (Dense(2),))
    weights = np.ones(2 * 512 * 512 + 2, np.float32)
    model = Model(spec, weights, ModelMetadata("ab"))
    graph = exporters.lower(model, np.zeros((1, 512, 512), np.uint8))
    message = refusal(FORMATS["c-int8"].writer.write, graph, tmp_path)
    assert "beyond 32 bits" in message


@pytest.mark.parametrize(("form", "name"), [("c", "lecun1989"), ("c-int8", "modern-s")])
def test_numbers_beyond_float32_are_refused(form: str, name: str, tmp_path: Path) -> None:
    model = untrained(name)
    weights = np.full_like(model.parameters, 3e38)
    graph = exporters.lower(replace(model, parameters=weights), letters(3).images)
    assert "train it again" in refusal(FORMATS[form].writer.write, graph, tmp_path)
