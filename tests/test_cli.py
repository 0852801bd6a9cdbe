"""The command line as a user runs it: every command in a process of its own."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lenet import model_file
from lenet.datasets import Dataset, npz

LETTER_L = [[[0, 0], [0, 10], [6, 10]]]
LETTER_O = [[[int(50 + 40 * np.cos(a)), int(50 + 50 * np.sin(a))] for a in np.linspace(0, 6.3, 30)]]


def lenet(
    *arguments: object, text: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lenet.cli", *map(str, arguments)],
        input=text,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )


def line(strokes: list, **more: object) -> str:
    return json.dumps({"label": None, "strokes": strokes, **more}) + "\n"


def answers(done: subprocess.CompletedProcess[str]) -> list[dict]:
    return [json.loads(row) for row in done.stdout.splitlines()]


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """300 bars and crosses, each standing for A or B, in an NPZ file."""
    random = np.random.default_rng(2)
    images, labels = np.zeros((300, 28, 28), np.uint8), np.arange(300, dtype=np.uint8) % 2
    for image, label in zip(images, labels, strict=True):
        column = random.integers(6, 20)
        image[4:24, column : column + 3] = 255
        if label:
            image[12:15, 3:25] = 255
    path = tmp_path / "letters.npz"
    npz.write_letters(path, Dataset(images, labels, ("bars",)))
    return path


# ---- predict ----------------------------------------------------------------------------------


def test_predict_prints_the_fixed_form(tmp_path):
    path = tmp_path / "two.jsonl"
    path.write_text(line(LETTER_L) + "\n" + line([]) + line(LETTER_O))
    done = lenet("predict", "--json", path)
    assert (done.returncode, done.stderr) == (0, "")
    first, empty, last = answers(done)
    assert list(first) == ["source", "letter", "candidates", "verdict"]
    assert (first["source"], first["letter"], first["verdict"]) == (f"{path}:1", "L", "letter")
    assert (last["source"], last["letter"]) == (f"{path}:4", "O")
    assert len(first["candidates"]) == 5
    shares = [share for _, share in first["candidates"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1.00001
    assert first["candidates"][0][0] == "L"
    assert empty == {"source": f"{path}:3", "letter": None, "candidates": [], "verdict": "empty"}


def test_predict_reads_every_kind_of_file_in_order(tmp_path):
    strokes, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    strokes.write_text(line(LETTER_L))
    packed.write_bytes(gzip.compress(line(LETTER_O).encode()))
    picture = np.full((60, 50), 230, np.uint8)
    picture[8:52, 10:16] = picture[46:52, 10:40] = 40
    Image.fromarray(picture).save(tmp_path / "dark.png")
    Image.fromarray(255 - picture).convert("RGB").save(tmp_path / "light.jpg")
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 3:25, 6:9] = image[0, 22:25, 6:20] = 255
    npz.write_letters(tmp_path / "c.npz", Dataset(image, np.zeros(1, np.uint8)))
    files = [strokes, packed, tmp_path / "dark.png", tmp_path / "light.jpg", tmp_path / "c.npz"]
    done = lenet("predict", "--json", *files, "-", text=line(LETTER_L))
    assert (done.returncode, done.stderr) == (0, "")
    found = answers(done)
    assert [row["letter"] for row in found] == ["L", "O", "L", "L", "L", "L"]
    sources = [f"{strokes}:1", f"{packed}:1", str(files[2]), str(files[3]), f"{files[4]}:1", "-:1"]
    assert [row["source"] for row in found] == sources


def test_predict_answers_the_other_files_when_one_is_broken(tmp_path):
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_text(line(LETTER_O))
    bad.write_text(line(LETTER_L) + '{"strokes": [[[0, 0], [1,\n' + line(LETTER_L))
    done = lenet("predict", "--json", bad, tmp_path / "none.png", good)
    assert done.returncode == 1
    assert [row["letter"] for row in answers(done)] == ["L", "O"]
    errors = done.stderr.splitlines()
    assert len(errors) == 2
    assert f"{bad}:2" in errors[0]
    assert "none.png" in errors[1]


@pytest.mark.parametrize(
    "strokes",
    ["[[[0,0],[1,NaN]]]", "[[[0,0],[1,Infinity]]]", "[[[0,0],[1,1e999]]]",
     "[[[0,0],[1,1000000000000]]]",
     "[[[0,0],[1,1" + "0" * 400 + "]]]", "[[[0,0],[1]]]", "[[[0,0],[1,true]]]", '"L"', "[[0,0]]"],
)  # fmt: skip
def test_predict_refuses_hostile_strokes_in_one_line(strokes):
    done = lenet("predict", "-", text='{"strokes": ' + strokes + "}\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "-:1" in done.stderr


def test_predict_refuses_a_million_points():
    done = lenet("predict", "-", text=line([[[k % 7, k % 5] for k in range(1_000_000)]]))
    assert done.returncode == 1
    assert "100,000 points" in done.stderr


def test_predict_draws_a_dot_and_nothing_for_nothing():
    done = lenet("predict", "--json", "-", text=line([[[5, 5]]]) + line([[]]) + line([]))
    assert [row["verdict"] == "empty" for row in answers(done)] == [False, True, True]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_predict_reads_a_pipe_whatever_its_name(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = (
        f"printf '%s' '{line(LETTER_L).strip()}' > {pipe} & exec {sys.executable} -m lenet.cli"
    )
    done = subprocess.run(
        ["bash", "-c", f"{command} predict --json {pipe}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, [row["letter"] for row in answers(done)]) == (0, ["L"])


def test_predict_gives_a_blank_image_no_letter(tmp_path):
    path = tmp_path / "blank.npz"
    npz.write_letters(path, Dataset(np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8)))
    assert [row["verdict"] for row in answers(lenet("predict", "--json", path))] == ["empty"]


def test_predict_sends_a_labelled_set_to_evaluate(tmp_path):
    path = tmp_path / "some-images-idx3-ubyte"
    path.write_bytes(bytes([0, 0, 8, 3]) + bytes(12))
    assert "lenet evaluate" in lenet("predict", path).stderr
    path.write_bytes(bytes([0, 0, 9, 3]) + bytes(12))
    (tmp_path / "some-labels-idx1-ubyte").write_bytes(bytes([0, 0, 8, 1]) + bytes(4))
    assert "begins with 00 00 09 03" in lenet("evaluate", "--data", path).stderr


def test_a_name_that_the_terminal_cannot_show_is_escaped(tmp_path):
    path = tmp_path / "\u00fc.jsonl"
    path.write_text(line(LETTER_L))
    done = lenet("predict", "--json", path, PYTHONIOENCODING="ascii")
    assert answers(done)[0]["source"] == f"{path}:1"
    done = lenet("predict", path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")


def test_predict_of_nothing_says_nothing():
    done = lenet("predict", "--json", "-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_predict_survives_a_reader_that_leaves(tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_text(line(LETTER_L) * 5000)
    command = f"{sys.executable} -m lenet.cli predict {path} | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.startswith(f"{path}:1\tL")
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_predict_says_that_the_disk_is_full():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lenet.cli", "predict", "-"],
            input=line(LETTER_L), stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "lenet: No space left on device\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["predict"], ["nonsense"], ["train"], ["predict", "--nonsense", "x"],
     ["draw", "--port", "99999"],
     ["train", "--data", "x", "--out", "y", "--epochs", "0"], ["evaluate"],
     ["train", "--data", "x", "--out", "y", "--arch", "lenet6"]],
)  # fmt: skip
def test_unusable_arguments_give_status_2_and_one_line(arguments):
    done = lenet(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "--help" in done.stderr


@pytest.mark.parametrize(
    "command", ["draw", "predict", "train", "evaluate", "card", "architectures"]
)
def test_help_has_examples(command):
    done = lenet(command, "--help")
    assert done.returncode == 0
    assert f"  lenet {command}" in done.stdout


@pytest.mark.parametrize(
    "command", [["train"], ["evaluate"], ["card"], ["data", "info"]], ids=" ".join
)
def test_help_says_what_a_spec_is(command):
    done = lenet(*command, "--help")
    assert "SPEC" in done.stdout.split("\n\n")[0]
    assert "a SPEC is one of:\n  emnist:letters " in done.stdout


# ---- models -----------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["truncated", "empty", "missing", "ink version"])
def test_an_unusable_model_is_named_by_every_command(tmp_path, letters, damage):
    path = tmp_path / "model.safetensors"
    whole = (Path(model_file.__file__).parent / "models" / "holzweber2021.safetensors").read_bytes()
    if damage == "truncated":
        path.write_bytes(whole[:-5])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "ink version":
        other = whole.replace(b'"ink_version":"1"', b'"ink_version":"9"')
        assert other != whole
        path.write_bytes(other)
    for command in (["predict", "-"], ["evaluate", "--data", letters], ["draw", "--no-browser"]):
        done = lenet(*command, "--model", path)
        assert done.returncode == 1
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert str(path) in done.stderr


# ---- train and evaluate -----------------------------------------------------------------------


def train(letters: Path, out: Path, *more: object) -> subprocess.CompletedProcess[str]:
    return lenet(
        *(
            "train",
            "--data",
            letters,
            "--epochs",
            2,
            "--batch",
            16,
            "--seed",
            5,
            "--out",
            out,
            *more,
        )
    )


def test_train_writes_a_model_a_history_and_a_plot(tmp_path, letters):
    done = train(letters, tmp_path / "run", "--threads", 2)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == [
        *("checkpoint.npz", "history.json", "history.png", "model.safetensors")
    ]
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert [row["epoch"] for row in history] == [1, 2]
    assert history[-1]["validation_accuracy"] > 0.9
    with Image.open(tmp_path / "run" / "history.png") as plot:
        assert plot.width > 500
    metadata = model_file.load(tmp_path / "run" / "model.safetensors").metadata
    assert metadata["data"] == ["letters"]
    assert (metadata["seed"], metadata["epochs"], metadata["images"]) == (5, 2, 270)
    found = lenet(
        "evaluate", "--model", tmp_path / "run" / "model.safetensors", "--data", letters, "--json"
    )
    row = json.loads(found.stdout)
    assert (row["n"], row["right"]) == (300, round(300 * row["accuracy"]))
    assert row["accuracy"] > 0.9
    assert row["interval"][0] < row["accuracy"] <= row["interval"][1]


def test_a_second_training_keeps_the_first_ones_model(tmp_path, letters):
    train(letters, tmp_path / "run")
    first = (tmp_path / "run" / "model.safetensors").read_bytes()
    done = train(letters, tmp_path / "run", "--seed", 6)
    assert "previous.safetensors" in done.stdout
    assert (tmp_path / "run" / "previous.safetensors").read_bytes() == first
    assert (tmp_path / "run" / "model.safetensors").read_bytes() != first


def test_the_same_seed_gives_the_same_file_for_any_number_of_threads(tmp_path, letters):
    files = []
    for name, more in (("a", (1,)), ("b", (2,)), ("c", (3, "--seed", 6))):
        done = train(letters, tmp_path / name, "--threads", *more)
        assert done.returncode == 0, done.stderr
        files.append((tmp_path / name / "model.safetensors").read_bytes())
    assert files[0] == files[1] != files[2]


def test_ctrl_c_keeps_the_last_checkpoint(tmp_path, letters):
    out = tmp_path / "run"
    command = ["train", "--data", letters, "--epochs", 100000, "--batch", 16, "--out", out]
    training = subprocess.Popen(
        [sys.executable, "-m", "lenet.cli", *map(str, command)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (out / "history.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        training.send_signal(signal.SIGINT)
        _, errors = training.communicate(timeout=60)
    finally:
        training.kill()  # where it did not end
    assert training.returncode == 130
    assert "stopped; " in errors
    assert "Traceback" not in errors
    kept = model_file.load(out / "model.safetensors").metadata
    history = json.loads((out / "history.json").read_text())
    assert len(history) == kept["epochs"] >= 1
    assert history[-1] == kept["metrics"]
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


def test_a_killed_training_leaves_a_whole_model(tmp_path, letters):
    out = tmp_path / "run"
    command = ["train", "--data", letters, "--epochs", 100000, "--batch", 16, "--out", out]
    training = subprocess.Popen(
        [sys.executable, "-m", "lenet.cli", *map(str, command)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (out / "history.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)
    training.kill()
    training.wait(timeout=60)
    assert model_file.load(out / "model.safetensors").metadata["epochs"] >= 1
    json.loads((out / "history.json").read_text())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "{folder}/none.npz"], "none.npz"),
        (["--data", "{folder}/empty.npz"], "empty.npz"),
        (["--data", "{letters}", "--out", "{folder}/file/run"], "file"),
        (["--data", "{letters}", "{letters}"], "twice"),
    ],
)
def test_training_that_cannot_start_says_why_in_one_line(tmp_path, letters, arguments, words):
    (tmp_path / "file").write_text("")
    npz.write_letters(
        tmp_path / "empty.npz", Dataset(np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8))
    )
    filled = [a.format(folder=tmp_path, letters=letters) for a in arguments]
    done = lenet("train", "--out", tmp_path / "run", *filled)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr
    assert not (tmp_path / "run" / "model.safetensors").exists()


def test_weights_that_explode_end_the_training(tmp_path, letters):
    done = train(letters, tmp_path / "run", "--rate", 1e6, "--epochs", 20)
    if done.returncode:
        assert "lower --rate" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    else:  # relu units that all died are finite
        assert "Traceback" not in done.stderr


# ---- draw -------------------------------------------------------------------------------------


def test_draw_says_that_a_port_is_in_use():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = lenet("draw", "--no-browser", "--port", port)
    assert done.returncode == 1
    assert done.stderr == f"lenet: port {port} is in use; choose another with --port\n"
