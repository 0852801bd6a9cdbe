"""The official test at the end of a training, and what it is compared with."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emnist_made import StandIn
from lenet.cli.evaluate import official_test_text
from lenet.cli.main import main
from lenet.datasets.registry import official_test
from lenet.evaluation import evaluate, leaderboard
from lenet.labels import LETTERS
from lenet.metrics import classification_metrics
from lenet.models import Model
from lenet.training.options import TrainingOptions
from lenet.training.trainer import Trainer, prepare
from made import idx_images, idx_labels, letters
from repository import ROOT

DOCS = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def untrained() -> Model:
    return prepare("lenet1", letters(400), options=TrainingOptions(num_epochs=1)).model()


def told(model: Model, **record: object) -> Model:
    """The model with another account of its training."""
    values: dict[str, Any] = {"data": (), **record}
    training = replace(model.training, **values)
    return replace(model, metadata=replace(model.metadata, training=training))


def write_part(folder: Path, split: str, part: str, labels: np.ndarray) -> None:
    """IDX files of blank images with these labels, as the files number them."""
    stem = f"{folder}/emnist-{split}-{part}"
    header = idx_images(np.zeros((0, 28, 28), np.uint8))[:4]
    size = len(labels).to_bytes(4, "big") + (28).to_bytes(4, "big") * 2
    Path(f"{stem}-images-idx3-ubyte").write_bytes(header + size + bytes(784 * len(labels)))
    Path(f"{stem}-labels-idx1-ubyte").write_bytes(idx_labels(labels))


# ---- The command -----------------------------------------------------------------------------


@pytest.mark.slow
def test_one_command_ends_with_the_official_accuracy(
    stand_in: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the official files to the line among the published results."""
    spec, out = f"emnist:letters@{stand_in.folder}", tmp_path / "run"
    command = ["train", "--data", spec, "--arch", "lenet1", "--no-aug"]
    command += ["--lr", "0.0003", "--epochs", "1", "--out", str(out)]  # so that errors remain
    assert main(command) == 0
    output = capsys.readouterr().out.splitlines()
    begin = output.index(f"wrote {out / 'model.safetensors'}") + 1
    headed = output.index("published on this test (docs/reference/evaluation.md):")
    lines, table = output[begin:headed], output[headed + 1 :]
    assert main(["evaluate", "--model", f"{out}/model.safetensors", "--data", spec]) == 0
    assert lines == capsys.readouterr().out.splitlines()
    match = re.match(r"EMNIST Letters test: accuracy (\S+) % \((\S+) of 20,800 correct; 95 % ", lines[0])
    assert match, lines
    assert lines[-1].startswith("  top confusions ")
    percent, correct = match.groups()
    assert float(percent) == round(100 * int(correct.replace(",", "")) / 20_800, 2) > 50
    own = [row for row in table if row.startswith("> ")]
    assert len(own) == 1
    assert own[0].startswith(f">  {percent}  lenet1, 5,666 parameters (95 % interval ")
    ranked = [float(row[2:].split()[0]) for row in table[:-1]]
    assert ranked == sorted(ranked)
    assert {55.78, 85.15, 94.49, 95.88, 95.96} <= set(ranked)
    assert "91.55" in table[-1]
    assert "14,799 images, not comparable" in table[-1]
    # resumed when nothing is left to train, it says the same
    assert main([*command, "--resume"]) == 0
    assert capsys.readouterr().out.splitlines()[begin - len(output) :] == output[begin:]


@pytest.mark.slow
def test_a_stopped_training_opens_no_test(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(self: Trainer, progress: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "epochs", stop)
    monkeypatch.setattr(evaluate, "load", lambda *_, **__: pytest.fail("opened"))
    spec = f"emnist:letters@{stand_in.folder}"
    command = ["train", "--data", spec, "--arch", "lenet1", "--out", str(tmp_path / "run")]
    assert main(command) == 130


# ---- When it may be called official ------------------------------------------------------------


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ({"data": ["emnist-letters-train", "sd19_letters"]}, "sd19_letters"),
        ({"data": ["emnist-letters-train", "az_sample"]}, "az_sample"),
        ({"data": ["emnist-balanced-train"]}, "emnist-balanced-train"),
        ({"data": ["emnist-letters-train"], "teacher_train_data": ["by_class"]}, "by_class"),
    ],
)
def test_what_may_hold_images_of_the_test_forbids_the_name(
    stand_in: StandIn, untrained: Model, metadata: dict[str, object], name: str
) -> None:
    text = official_test_text(told(untrained, **metadata), f"emnist:letters:test@{stand_in.folder}")
    assert text == (
        f"no accuracy on the official test: the model was trained on {name}, which may share "
        "images with this test"
    )


def test_a_student_remembers_what_its_teachers_saw(untrained: Model) -> None:
    teacher = told(untrained, data=["sd19_letters"], teacher_train_data=["az_sample"])
    student = prepare(
        "lenet1", letters(400), options=TrainingOptions(num_epochs=1, teachers=(teacher,))
    ).model()
    assert student.trained_on == ["made", "az_sample", "sd19_letters"]


def test_the_prefix_of_the_test_is_not_the_test(tmp_path: Path, untrained: Model) -> None:
    write_part(tmp_path, "letters", "test", np.repeat(np.arange(1, 27), 800)[:14_800])
    text = official_test_text(told(untrained), f"emnist:letters:test@{tmp_path}")
    assert text.startswith("no accuracy on the official test: 14,800 of the 20,800 rows")
    assert "\n" not in text


def test_a_test_that_is_not_there_is_told_with_the_remedy(tmp_path: Path, untrained: Model) -> None:
    text = official_test_text(untrained, f"emnist:letters:test@{tmp_path}")
    assert text.startswith("no accuracy on the official test: emnist:letters:test@")
    assert "lenet data fetch emnist" in text


def test_other_splits_have_a_name_and_no_table(tmp_path: Path) -> None:
    digits = letters(400, 10)
    ten = type(digits)(digits.images, digits.labels, ("made",), classes=tuple("0123456789"))
    model = told(prepare("lenet1", ten, options=TrainingOptions(num_epochs=1)).model())
    write_part(tmp_path, "mnist", "test", np.arange(10_000) % 10)
    text = official_test_text(model, f"emnist:mnist:test@{tmp_path}")
    assert text.startswith("EMNIST Mnist test: accuracy 10.00 % (1,000 of 10,000 correct;")
    assert "published" not in text


def test_which_trainings_have_a_test(stand_in: StandIn, tmp_path: Path) -> None:
    place, train = stand_in.folder, "emnist-letters-train-images-idx3-ubyte.gz"
    test = f"emnist:letters:test@{place}"
    assert official_test(f"emnist:letters@{place}") == test
    assert official_test(f"emnist:letters:train@{place}") == test
    assert official_test(f"{place}/{train}") == test
    zipped = f"emnist:letters@{stand_in.archive}"
    assert official_test(zipped) == zipped.replace("letters", "letters:test", 1)
    for share in ("rest", "fifth"):
        with pytest.warns(DeprecationWarning, match=f":{share} is now"):
            assert official_test(f"emnist:letters@{place}:{share}") is None
    assert official_test("font-letters") is None
    other = tmp_path / "mine-images-idx3-ubyte"
    other.write_bytes(idx_images(np.zeros((1, 28, 28), np.uint8)))
    assert official_test(str(other)) is None


# ---- What was published ------------------------------------------------------------------------


def test_the_docs_have_the_published_table() -> None:
    text = (DOCS / "evaluation.md").read_text(encoding="utf-8")
    begin = "<!-- made by tools/codegen/leaderboard_table.py -->\n"
    assert begin + leaderboard.table() + "<!-- end of table -->\n" in text


@pytest.mark.parametrize(("right", "place"), [(0, 0), (18_000, 2), (20_800, 5)])
def test_the_own_row_stands_in_its_place(right: int, place: int) -> None:
    labels = np.zeros(20_800, np.uint8)
    shares = np.zeros((20_800, len(LETTERS)), np.float32)
    shares[:right, 0] = shares[right:, 1] = 1
    rows = leaderboard.comparison("mine", classification_metrics(shares, labels)).splitlines()
    assert len(rows) == len(leaderboard.RESULTS) + 1
    assert [row.startswith("> ") for row in rows].index(True) == place
    assert rows[place].startswith(f"> {right / 208:6.2f}  mine")


def test_the_published_results_can_be_looked_up() -> None:
    for result in leaderboard.RESULTS:
        assert 0 < result.percent < 100
        assert result.method
        assert result.source
        assert (result.n == 20_800) or "not comparable" in result.note
