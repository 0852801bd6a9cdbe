"""`lenet predict --out --risk --drift`, from the letters to the report."""

from __future__ import annotations

import json
import re
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from commands import lenet
from lenet.datasets import load


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("predicted")
    data = load("font-letters").take(np.arange(0, 5356, 17))
    np.savez(folder / "letters.npz", images=data.images)
    words = ["--format", "jsonl", "--workers", "1"]
    done = lenet("predict", folder / "letters.npz", "--out", folder / "out", *words)
    assert "label.html: label some letters there" in done.stderr
    return folder / "out"


def labels(out: Path, path: Path) -> Path:
    """Label like a person who reads without error."""
    html = (out / "label.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])  # type: ignore[index]
    truth = load("font-letters").take(np.arange(0, 5356, 17))
    rows = [[shard, row, truth.classes[truth.labels[row]]] for shard, row in data["letters"]]
    path.write_text(json.dumps({"format": "lenet-labels/1", "run": data["run"], "labels": rows}))
    return path


def test_a_report_of_risk_and_drift(out: Path, tmp_path: Path) -> None:
    file = labels(out, tmp_path / "labels.json")
    done = lenet("predict", "--out", out, "--risk", file, "--drift")
    assert re.search(r"^[\d.]+% of 316 letters are accepted with [\d.]+% errors \(95% interval", done.stdout)
    drift = r"a network tells your letters from those of font-letters with \d+% accuracy \(50% = alike"
    assert re.search(drift, done.stdout)
    content = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert content["format"] == "lenet-risk/1"
    lines = [json.loads(line) for line in (out / "part-00000.jsonl").read_text().splitlines()]
    accepted = [line["verdict"] == "letter" for line in lines]
    assert content["risk"]["model"]["coverage"] == pytest.approx(np.mean(accepted))
    assert content["risk"]["model"]["labelled"] == sum(accepted)
    html = (out / "report.html").read_text(encoding="utf-8")
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!data:|#)', html)
    assert html.count("<figcaption>") >= 5
    printed = lenet("predict", "--out", out.as_uri(), "--risk", file, "--json").stdout
    assert json.loads(printed)["risk"] == content["risk"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--drift"], "--drift: needs --out DIR"),
        (["--out", "OUT"], "no FILE; name the files to read"),
        ([], "no FILE; name the files to read"),
        (["--out", "OUT", "--risk", "absent.json"], "absent.json: no such file"),
        (["--out", "OUT", "--risk", "x", "--model", "holzweber2021"], "was predicted by another model"),
        (["--out", "NOWHERE", "--drift"], "no manifest.jsonl; name the folder that --out had"),
    ],
)
def test_what_is_missing_is_named(out: Path, tmp_path: Path, words: list[str], message: str) -> None:
    places = {"OUT": str(out), "NOWHERE": str(tmp_path)}
    done = lenet("predict", *(places.get(word, word) for word in words))
    assert done.returncode != 0
    assert message in done.stderr
    assert done.stderr.strip().count("\n") <= 1


def test_a_run_that_is_not_done_has_no_report(out: Path, tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_bytes((out / "manifest.jsonl").read_bytes())
    done = lenet("predict", "--out", tmp_path, "--drift")
    assert "sample-00000.json: is missing; run again until all files are written" in done.stderr


@pytest.mark.parametrize("name", ["scans.zip", "scans.tar"])
def test_an_archive_of_pictures_without_out_names_the_option(tmp_path: Path, name: str) -> None:
    picture = tmp_path / "a.png"
    Image.new("L", (28, 28), 255).save(picture)
    if name.endswith(".zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as file:
            file.write(picture, "a.png")
    else:
        with tarfile.open(tmp_path / name, "w") as file:
            file.add(picture, "a.png")
    done = lenet("predict", tmp_path / name)
    assert done.returncode == 1
    assert done.stderr.endswith(", or add --out DIR to read pictures in it\n")
    assert len(done.stderr.splitlines()) == 1
