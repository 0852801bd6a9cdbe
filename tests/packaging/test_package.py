"""The npm package: the same answers in Node, on a page and in a worker as in Python; its files."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

import lenet
from lenet import ink
from lenet.inference.recognizer import Recognizer
from lenet.models import load_model
from packaged import MODEL, assert_same, build, program
from repository import DATA, ROOT
from repository import VECTORS as VECTORS_FOLDER

VECTORS = json.loads((VECTORS_FOLDER / "ink.json").read_text(encoding="utf-8"))
MOST = 60_000  # bytes of all modules, each compressed by itself

Ask = Callable[..., Any]
"""Calls a function of package/checks.js: its name, then what it takes."""


def asking(page: Page) -> Ask:
    code = """async (text) => {
      const [name, ...given] = JSON.parse(text);
      return (await import("./checks.js")).ask[name](...given);
    }"""
    # As text, since Playwright takes seconds for long lists.
    return lambda *asked: page.evaluate(code, json.dumps(asked))


def asking_worker(page: Page) -> Ask:
    code = """text => new Promise((resolve, reject) => {
      const worker = new Worker("./worker.js", { type: "module" });
      worker.onmessage = ({ data }) => ("error" in data ? reject(data.error) : resolve(data.found));
      worker.onerror = (event) => reject(event.message);
      worker.postMessage(JSON.parse(text));
    })"""
    return lambda *asked: page.evaluate(code, json.dumps(asked))


def asking_node(site: Path) -> Ask:
    node = program("node")

    def ask(*asked: Any) -> Any:
        done = subprocess.run(
            [node, site / "node.js"], input=json.dumps(asked), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return json.loads(done.stdout)

    return ask


@pytest.fixture(params=["node", "page", "worker"])
def ask(request: pytest.FixtureRequest) -> Ask:
    if request.param == "node":
        return asking_node(request.getfixturevalue("site"))
    page = request.getfixturevalue("strict")
    return asking(page) if request.param == "page" else asking_worker(page)


def scribbles(count: int) -> list[list[list[list[float]]]]:
    """Drawings of all verdicts."""
    random = np.random.default_rng(5)
    sizes = [random.integers(2, 9, random.integers(1, 6)) for _ in range(count)]
    return [[random.random((int(n), 2)).tolist() for n in drawing] for drawing in sizes]


# ---- Answers -------------------------------------------------------------------------------


def test_ink_vectors_become_the_committed_bytes(ask: Ask) -> None:
    pictures = [
        {"tones": list(bytes.fromhex(v["picture"])), "height": v["height"], "width": v["width"]}
        for v in VECTORS["pictures"]
    ]
    actual = ask("answers", {"drawings": VECTORS["strokes"], "pictures": pictures})
    assert actual["labels"] == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for kind, answers in (("strokes", actual["drawings"]), ("pictures", actual["pictures"])):
        for vector, answer in zip(VECTORS[kind], answers, strict=True):
            assert bytes(answer["image"]).hex() == vector["image"], vector["name"]


def test_answers_are_those_of_python(ask: Ask, python: Recognizer) -> None:
    drawings = [*scribbles(150), []]
    actual = ask("answers", {"drawings": [{"strokes": strokes} for strokes in drawings]})
    for strokes, answer in zip(drawings, actual["drawings"], strict=True):
        expected = python.recognize([np.array(stroke) for stroke in strokes])
        assert_same(answer, expected)
    verdicts = {answer["verdict"] for answer in actual["drawings"]}
    assert verdicts == {"letter", "unsure", "not-a-letter", "empty"}
    assert actual["drawings"][-1] == {
        "letter": None, "confidence": 0, "candidates": [], "verdict": "empty", "image": None
    }  # fmt: skip


def test_real_drawings_get_the_answers_of_python(site: Path, python: Recognizer, shared: Path) -> None:
    drawings = list(ink.read_drawings(shared / "strokes" / "omniglot_latin.jsonl.gz"))
    strokes = [{"strokes": [stroke.tolist() for stroke in one.strokes]} for one in drawings]
    actual = asking_node(site)("answers", {"drawings": strokes})["drawings"]
    images = [ink.rasterize(one.strokes, python.model.pen_width) for one in drawings]
    expected = python.recognize_images(images)
    for answer, image, other in zip(actual, images, expected, strict=True):
        assert image is not None
        assert bytes(answer["image"]) == image.tobytes()
        assert_same(answer, other)


def test_strokes_of_every_form_are_one_drawing(ask: Ask) -> None:
    first, *others = ask("forms")
    assert (first["letter"], first["verdict"]) == ("L", "letter")
    assert first["confidence"] == first["candidates"][0][1] > 0.9
    assert len(others) > 8
    assert all(other == first for other in others)


WANTED = "pass [[[x, y], ...], ...], the points of each stroke"
REFUSED = {
    "nothing": f"the drawing is not a list of strokes; {WANTED}",
    "text": f"the drawing is not a list of strokes; {WANTED}",
    "one stroke": f"point 1 of stroke 1 is not [x, y]; {WANTED}",
    "objects": f"point 1 of stroke 1 is not [x, y]; {WANTED}",
    "a hole": f"stroke 2 is not a list of points; {WANTED}",
    "a point short": f"point 2 of stroke 1 is not [x, y]; {WANTED}",
    "text in a point": f"point 1 of stroke 1 is not [x, y]; {WANTED}",
    "odd": "stroke 2 has an odd number of coordinates; pass x and y of each point",
    "big integers": f"stroke 1 is not a list of points; {WANTED}",
    "a view": f"stroke 1 is not a list of points; {WANTED}",
    "NaN": "a coordinate is not a number, or too large",
    "far": "a coordinate is not a number, or too large",
    "many points": "the drawing has more than 100,000 points",
    "many strokes": "the drawing has more than 100,000 strokes",
    "pen": "the pen must be a number, 0.02 to 1",
    "pen NaN": "the pen must be a number, 0.02 to 1",
    "picture": "the picture does not have height x width pixels",
    "model number": "the model must be an address, an ArrayBuffer or an array of bytes",
    "model null": "the model must be an address, an ArrayBuffer or an array of bytes",
    "model short": "bytes of weights instead of",
    "model empty": "it is not a safetensors file",
    "model nowhere": "The model did not load (",
}


def test_what_cannot_be_used_is_refused(site: Path) -> None:
    actual = asking_node(site)("refusals", list(MODEL.read_bytes()))
    assert actual["said"].keys() == REFUSED.keys()
    for name, words in REFUSED.items():
        assert actual["said"][name].startswith("LenetError: "), actual["said"][name]
        assert words in actual["said"][name]
    assert actual["after"] == "L"


def test_other_models_are_read(strict: Page, site: Path, address: str) -> None:
    """By address and by bytes, those of 32 bits too."""
    expected = Recognizer(load_model(MODEL)).recognize([[(0, 0), (0, 10), (6, 10)]])
    model = list(MODEL.read_bytes())
    for actual in (
        asking(strict)("models", f"{address}model.safetensors", model),
        asking_node(site)("models", f"{address}model.safetensors", model),
    ):
        assert len(actual) == 5
        for answer in actual:
            assert_same(answer, expected)


# ---- Files ---------------------------------------------------------------------------------


def test_the_modules_are_small(files: dict[str, bytes]) -> None:
    sizes = [len(gzip.compress(data, 9)) for name, data in files.items() if name.endswith(".js")]
    assert len(sizes) == 4
    assert sum(sizes) <= MOST


def test_the_same_sources_give_the_same_bytes(files: dict[str, bytes]) -> None:
    assert build() == files


def test_the_package_holds_what_it_should(package: Path, files: dict[str, bytes]) -> None:
    done = subprocess.run(
        [program("npm"), "pack", "--dry-run", "--json", "--ignore-scripts"],
        cwd=package / "lenet", capture_output=True, text=True, check=True,
    )  # fmt: skip
    [record] = json.loads(done.stdout)
    assert (record["name"], record["version"]) == ("lenet", lenet.__version__)
    code = {f"{name}.js" for name in ("index", "element", "lenet", "model")}
    types = {f"{name}.d.ts" for name in ("index", "element")}
    texts = {"package.json", "README.md", "LICENSE", "NOTICE"}
    assert {file["path"] for file in record["files"]} == code | types | texts == set(files)


def test_the_package_depends_on_nothing(files: dict[str, bytes]) -> None:
    """No bare and no extensionless import, as browsers and Deno want it; nothing that a policy
    without unsafe-eval would stop."""
    about = json.loads(files["package.json"])
    assert not {"dependencies", "peerDependencies", "scripts"} & about.keys()
    for target in about["exports"].values():
        paths = target.values() if isinstance(target, dict) else [target]
        assert {path.removeprefix("./") for path in paths} <= files.keys()
    for name, data in files.items():
        if not name.endswith((".js", ".d.ts")):
            continue
        text = data.decode()
        named = re.findall(r"(?:\bfrom ?|\bimport ?|\bimport\()['\"`]([^'\"`]*)", text)
        for specifier in named:
            assert specifier.startswith("./")
            assert specifier.removeprefix("./") in files
        assert not re.search(r"\beval\(|new Function|\bprocess\.|\brequire\(", text)


def test_the_types_are_whole(files: dict[str, bytes], tmp_path: Path) -> None:
    """A strict program that uses all of them, as Node resolves the package; misuse is refused."""
    package = tmp_path / "node_modules" / "lenet"
    package.mkdir(parents=True)
    for name, content in files.items():
        (package / name).write_bytes(content)
    options = {
        "strict": True, "noEmit": True, "module": "nodenext", "target": "es2022",
        "lib": ["ES2022", "DOM"], "types": [], "exactOptionalPropertyTypes": True,
    }  # fmt: skip
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": options}))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copyfile(DATA / "package" / "uses.ts", tmp_path / "uses.ts")
    compiler = ROOT / "web" / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        [program("node"), compiler], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_importing_the_element_without_a_page_does_no_harm(site: Path) -> None:
    code = "import('./lenet/element.js').then(({ LenetPad }) => console.log(typeof LenetPad))"
    done = subprocess.run([program("node"), "-e", code], cwd=site, capture_output=True, text=True, check=True)
    assert done.stdout == "function\n"
