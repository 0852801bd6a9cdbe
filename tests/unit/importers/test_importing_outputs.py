"""Networks of other classes than A to Z: which outputs are kept, what they mean, what comes next."""

from __future__ import annotations

import shlex
import string
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lenet.cli import main as cli
from lenet.importers import ImportOptions, import_model
from lenet.labels import LETTERS
from lenet.models import load_model
from made import refusal
from made_models import IMAGES, answers, dense_topology, dense_weights, softmax, write_tfjs

BALANCED = string.digits + LETTERS + "abdefghnqrt"  # Cohen et al. 2017, table 2


def network(folder: Path, units: int) -> Path:
    return write_tfjs(folder, dense_topology(units), dense_weights(units))


def expected(units: int, kept: slice) -> np.ndarray:
    """The probabilities of some outputs, computed without the package."""
    (_, weight), (_, bias) = dense_weights(units)
    logits = IMAGES.reshape(-1, 784) / 255 @ weight.astype(float) + bias
    return softmax(logits[:, kept])


@pytest.mark.parametrize(
    ("units", "labels"),
    [
        (10, string.digits),
        (26, LETTERS),
        (36, string.digits + LETTERS),
        (47, BALANCED),
        (62, string.digits + LETTERS + string.ascii_lowercase),
    ],
)
def test_usual_numbers_of_outputs_have_usual_labels(tmp_path: Path, units: int, labels: str) -> None:
    imported = import_model(network(tmp_path, units))
    assert imported.model.labels == labels
    assert any(f"its {units} outputs are read as 0-9 A-Z" in note for note in imported.notes) == (units > 26)
    np.testing.assert_allclose(answers(imported.model), expected(units, slice(None)), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("units", "options", "kept", "labels"),
    [
        (26, {"labels": "emnist:letters"}, slice(26), LETTERS),
        (27, {"labels": "emnist:letters"}, slice(1, 27), LETTERS),
        (37, {"labels": "emnist:letters"}, slice(1, 27), LETTERS),
        (62, {"labels": "emnist:letters"}, slice(1, 27), LETTERS),
        (27, {"outputs": (1, None)}, slice(1, 27), LETTERS),
        (27, {"outputs": (0, 25)}, slice(0, 26), LETTERS),
        (37, {"outputs": (1, 26)}, slice(1, 27), LETTERS),
        (37, {"outputs": (3, 4), "labels": "xy"}, slice(3, 5), "xy"),
        (47, {"labels": "emnist:bymerge"}, slice(47), BALANCED),
        (47, {"outputs": (10, 35)}, slice(10, 36), LETTERS),
        (11, {"labels": "emnist:mnist"}, slice(10), string.digits),
        (10, {"labels": "emnist:digits"}, slice(10), string.digits),
    ],
)
def test_outputs_are_kept_by_number_or_by_the_name_of_an_order(
    tmp_path: Path, units: int, options: dict[str, Any], kept: slice, labels: str
) -> None:
    imported = import_model(network(tmp_path, units), ImportOptions(**options))
    assert imported.model.labels == labels
    np.testing.assert_allclose(answers(imported.model), expected(units, kept), rtol=0, atol=1e-5)
    left_out = [note for note in imported.notes if note.startswith("outputs left out: ")]
    assert len(left_out) == (units != len(labels))


@pytest.mark.parametrize(
    ("units", "options", "message"),
    [
        (4, {}, "has 4 outputs; say with --labels what each means"),
        (27, {}, "--labels emnist:letters"),
        (37, {}, "has 37 outputs; say with --labels what each means, one character each, or --labels"),
        (52, {}, f"such as {string.ascii_uppercase}{string.ascii_lowercase}"),
        (26, {"labels": "AB"}, "26 outputs for 2 labels; give one character for each output"),
        (26, {"labels": "emnist:balanced"}, "26 outputs for 47 labels"),
        (26, {"labels": "emnist:small"}, "small: not a split of EMNIST; there are byclass"),
        (26, {"outputs": (1, 26)}, "has outputs 0..25; --keep-outputs 1..26 must be two or more of them"),
        (26, {"outputs": (5, 5)}, "must be two or more of them"),
    ],
)
def test_refuses_in_a_line_that_names_the_option(
    tmp_path: Path, units: int, options: dict[str, Any], message: str
) -> None:
    assert message in refusal(import_model, network(tmp_path, units), ImportOptions(**options))


@pytest.mark.parametrize("units", [10, 26, 47])
def test_the_commands_that_import_prints_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], units: int
) -> None:
    out = tmp_path / "model.safetensors"
    assert cli.main(["import", str(network(tmp_path, units)), "--out", str(out)]) == 0
    _, _, following = capsys.readouterr().out.partition("next:\n")
    commands = [shlex.split(line) for line in following.splitlines()]
    assert ["evaluate" in command for command in commands] == ([True, False] if units > 10 else [False])
    for _, *words in commands:
        if words[0] != "serve":
            assert cli.main(words) == 0
    assert commands[-1] == ["lenet", "serve", "--model", str(out)]


def test_the_old_name_of_an_option_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "model.safetensors"
    assert cli.main(["import", str(network(tmp_path, 27)), "--out", str(out), "--drop-first"]) == 0
    assert "--drop-first is now --keep-outputs 1.." in capsys.readouterr().err
    assert load_model(out).labels == LETTERS
    for text in ("5", "a..b", "-1..3", "3"):
        with pytest.raises(SystemExit):
            cli.main(["import", str(tmp_path), "--out", str(out), f"--keep-outputs={text}"])
        assert "is not a range of outputs" in capsys.readouterr().err
