"""The command line: `predict`, what every command refuses, and its help."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from commands import bars, lenet, lenet_process
from lenet.cli.main import ALL_COMMANDS, main
from lenet.datasets import Dataset
from lenet.datasets.readers import npz
from lenet.models import PRETRAINED_DIR

LETTER_L = [[[0, 0], [0, 10], [6, 10]]]
LETTER_O = [[[int(50 + 40 * np.cos(a)), int(50 + 50 * np.sin(a))] for a in np.linspace(0, 6.3, 30)]]


def line(strokes: list[Any], **more: object) -> str:
    return json.dumps({"label": None, "strokes": strokes, **more}) + "\n"


def answers(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(row) for row in done.stdout.splitlines()]


# ---- predict ----------------------------------------------------------------------------------


def test_predict_prints_the_fixed_form(tmp_path: Path) -> None:
    path = tmp_path / "two.jsonl"
    path.write_text(line(LETTER_L) + "\n" + line([]) + line(LETTER_O))
    done = lenet_process("predict", "--json", path)
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


def test_predict_reads_every_kind_of_file_in_order(tmp_path: Path) -> None:
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
    rows = answers(done)
    assert [row["letter"] for row in rows] == ["L", "O", "L", "L", "L", "L"]
    sources = [f"{strokes}:1", f"{packed}:1", str(files[2]), str(files[3]), f"{files[4]}:1", "-:1"]
    assert [row["source"] for row in rows] == sources


def test_predict_answers_the_other_files_when_one_is_broken(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_text(line(LETTER_O))
    bad.write_text(line(LETTER_L) + '{"strokes": [[[0, 0], [1,\n' + line(LETTER_L))
    done = lenet_process("predict", "--json", bad, tmp_path / "none.png", good)
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
def test_predict_refuses_hostile_strokes_in_one_line(strokes: str) -> None:
    done = lenet("predict", "-", text='{"strokes": ' + strokes + "}\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "-:1" in done.stderr


@pytest.mark.slow
def test_predict_refuses_too_many_points() -> None:
    done = lenet("predict", "-", text=line([[[k % 7, k % 5] for k in range(100_001)]]))
    assert done.returncode == 1
    assert "100,000 points" in done.stderr


def test_predict_draws_a_dot_and_nothing_for_nothing() -> None:
    done = lenet("predict", "--json", "-", text=line([[[5, 5]]]) + line([[]]) + line([]))
    assert [row["verdict"] == "empty" for row in answers(done)] == [False, True, True]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_predict_reads_a_pipe_whatever_its_name(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = f"printf '%s' '{line(LETTER_L).strip()}' > {pipe} & exec {sys.executable} -m lenet"
    done = subprocess.run(
        ["bash", "-c", f"{command} predict --json {pipe}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, [row["letter"] for row in answers(done)]) == (0, ["L"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
@pytest.mark.parametrize(
    "words",
    [
        "predict {pipe}",
        "predict --model {model} {pipe}.jsonl",
        "import {pipe} --out x",
        "import {pipe}.onnx --out x",
        "data fetch emnist --source {pipe} --data-dir x",
        "evaluate --data ./{pipe}",
    ],
)
def test_a_pipe_that_nobody_writes_to_blocks_no_command(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lenet._util.files.PIPE_WAIT", 0.01)
    monkeypatch.setenv("LENET_DATA", os.environ["LENET_DATA"])  # --data-dir changes it
    for name in ("pipe", "pipe.jsonl", "pipe.onnx"):
        os.mkfifo(name)
    assert main(words.format(pipe="pipe", model="modern-s").split()) == 1
    [message] = capsys.readouterr().err.splitlines()
    assert message.startswith("lenet")


def test_closed_standard_streams_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "letter.jsonl").write_text(line(LETTER_L))
    command = f"{sys.executable} -m lenet predict letter.jsonl"
    for closed in (">&-", "2>&-", "<&- >&- 2>&-"):
        done = subprocess.run(
            ["bash", "-c", f"{command} {closed}"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.jsonl"]


@pytest.mark.parametrize("module", ["lenet.errors", "argparse", "numpy", "lenet.engine", "PIL.Image"])
def test_ctrl_c_while_modules_load_prints_no_traceback(tmp_path: Path, module: str) -> None:
    program = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
class Interrupt:
    def find_spec(self, name, *_):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
from lenet.__main__ import main
sys.argv = ["lenet", "predict", {str(tmp_path / "x.png")!r}]
sys.exit(main())
"""
    (tmp_path / "x.png").write_bytes(b"")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) in ((-signal.SIGINT, ""), (130, ""))


def test_predict_gives_a_blank_image_no_letter(tmp_path: Path) -> None:
    path = tmp_path / "blank.npz"
    npz.write_letters(path, Dataset(np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8)))
    assert [row["verdict"] for row in answers(lenet("predict", "--json", path))] == ["empty"]


def test_predict_sends_a_labelled_set_to_evaluate(tmp_path: Path) -> None:
    path = tmp_path / "some-images-idx3-ubyte"
    path.write_bytes(bytes([0, 0, 8, 3]) + bytes(12))
    assert "lenet evaluate" in lenet("predict", path).stderr
    path.write_bytes(bytes([0, 0, 9, 3]) + bytes(12))
    (tmp_path / "some-labels-idx1-ubyte").write_bytes(bytes([0, 0, 8, 1]) + bytes(4))
    assert "begins with 00 00 09 03" in lenet("evaluate", "--data", path).stderr


def test_a_name_that_the_terminal_cannot_show_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "\u00fc.jsonl"
    path.write_text(line(LETTER_L))
    done = lenet_process("predict", "--json", path, PYTHONIOENCODING="ascii")
    assert answers(done)[0]["source"] == f"{path}:1"
    done = lenet_process("predict", path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")


def test_predict_of_nothing_prints_no_line() -> None:
    done = lenet("predict", "--json", "-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "lenet predict: -: no drawings in it\n")


def test_predict_survives_a_reader_that_leaves(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text(line(LETTER_L) * 5000)
    command = f"{sys.executable} -m lenet predict {path} | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.startswith(f"{path}:1\tL")
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_predict_says_that_the_disk_is_full() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lenet", "predict", "-"],
            input=line(LETTER_L), stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "lenet: No space left on device\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["predict"], ["nonsense"], ["train"], ["predict", "--nonsense", "x"],
     ["serve", "--port", "99999"],
     ["train", "--data", "x", "--out", "y", "--epochs", "0"], ["evaluate"],
     ["train", "--data", "x", "--out", "y", "--arch", "lenet6"]],
)  # fmt: skip
def test_unusable_arguments_give_status_2_and_one_line(arguments: list[str]) -> None:
    done = lenet(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "--help" in done.stderr


@pytest.mark.parametrize("command", ALL_COMMANDS)
def test_help_has_examples(command: str) -> None:
    done = lenet(*command.split(), "--help")
    assert done.returncode == 0
    assert f"examples:\n  lenet {command}" in done.stdout


@pytest.mark.parametrize("command", ["train", "evaluate", "model-card", "export", "data info"])
def test_help_says_what_a_dataset_is(command: str) -> None:
    done = lenet(*command.split(), "--help")
    assert "DATASET" in done.stdout.split("\n\n")[0]
    assert "a DATASET is one of:\n  emnist:letters " in done.stdout


# ---- models -----------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["truncated", "empty", "missing", "rasterizer version"])
def test_an_unusable_model_is_named_by_every_command(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "model.safetensors"
    whole = (PRETRAINED_DIR / "holzweber2021.safetensors").read_bytes()
    if damage == "truncated":
        path.write_bytes(whole[:-5])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "rasterizer version":
        other = whole.replace(b'"rasterizer_version":"1"', b'"rasterizer_version":"9"')
        assert other != whole
        path.write_bytes(other)
    for command in (
        ["predict", "-"],
        ["evaluate", "--data", bars(tmp_path)],
        ["serve", "--no-browser"],
    ):
        done = lenet(*command, "--model", path)
        assert done.returncode == 1
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert str(path) in done.stderr


# ---- serve ------------------------------------------------------------------------------------


def test_serve_says_that_a_port_is_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = lenet("serve", "--no-browser", "--port", port)
    assert done.returncode == 1
    assert done.stderr == f"lenet: port {port} is in use; choose another with --port\n"
