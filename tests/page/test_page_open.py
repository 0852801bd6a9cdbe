"""The view "look inside": model files that the user opens there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from test_page_inside import becomes, image_of, look, numbers, tabulated
from test_page_models import model

from drawing import L, T, draw, strokes_on
from lenet.exporters.ir import lower
from lenet.exporters.registry import FORMATS
from lenet.importers import import_model
from lenet.inference.recognizer import Recognizer
from lenet.models import ARCHITECTURES, DEFAULT_MODEL, HOLZWEBER2021
from lenet.models.file import Model, load_model, save_model
from made_models import answers, dense_topology, dense_weights, write_tfjs
from seed_weights import SHARD, seed_parameters

BLANK = np.zeros((1, 28, 28), np.uint8)


@pytest.fixture
def inside(page: Page) -> Page:
    look(page)
    return page


def opened(page: Page, *paths: Path) -> None:
    page.locator("#open-model").set_input_files([str(path) for path in paths])


def test_every_network_of_the_family_is_opened_and_shown(inside: Page, tmp_path: Path) -> None:
    page = inside
    draw(page, T)
    for name, architecture in ARCHITECTURES.items():
        network = model(name)
        save_model(tmp_path / f"{name}.safetensors", network)
        opened(page, tmp_path / f"{name}.safetensors")
        expect(page.locator(".open strong")).to_have_text(f"Predictions by {name}.safetensors")
        image = image_of(page)
        expected = lower(network, image[None]).probabilities(image[None])[0]
        becomes(page, lambda: tabulated(page, "answer"), expected, 1e-5)
        shares = tabulated(page, "answer")
        engine = dict(page.evaluate("lenet.recognize(lenet.strokes()).candidates"))
        assert max(shares) == pytest.approx(max(engine.values()), abs=1e-5), name
        *sums, together = numbers(page.locator(".sums"))
        assert sum(sums) == pytest.approx(together, rel=1e-4, abs=1e-3), name
        papers = set(page.locator(".paper").all_inner_texts())
        assert papers == set(architecture.names.values()), name
    page.get_by_role("button", name="Back to the default network").click()
    expect(page.locator(".open strong")).to_be_hidden()
    assert len(strokes_on(page)) == 2


def test_the_published_tensorflow_model_answers(inside: Page, shared: Path) -> None:
    page = inside
    draw(page, T)
    opened(page, shared / "seed" / "model.json", shared / "seed" / SHARD)
    expect(page.locator(".open strong")).to_have_text("Predictions by model.json")
    model = Model(HOLZWEBER2021.spec, seed_parameters(shared / "seed"))
    image = image_of(page)
    expected = lower(model, image[None]).probabilities(image[None])[0]
    becomes(page, lambda: tabulated(page, "answer"), expected, 1e-5)


@pytest.mark.parametrize("form", ["tfjs", "tfjs-float16"])
def test_every_network_that_is_exported_to_tensorflow_js_answers_the_same(
    inside: Page, tmp_path: Path, form: str
) -> None:
    page = inside
    draw(page, T)
    for name in ARCHITECTURES:
        network = model(name)
        (tmp_path / name).mkdir()
        paths = FORMATS[form].writer.write(lower(network, BLANK), tmp_path / name)
        paths[0] = paths[0].rename(paths[0].with_name(f"{name}.json"))
        opened(page, *paths)
        expect(page.locator(".open strong")).to_have_text(f"Predictions by {name}.json")
        image = image_of(page)
        expected = lower(network, image[None]).probabilities(image[None])[0]
        off = 1e-5 if form == "tfjs" else 5e-3  # the weights of 16 bits are others
        becomes(page, lambda: tabulated(page, "answer"), expected, off)
        if form == "tfjs-float16" and name != "lecun1989":  # this one comes back to the page alone
            expected = answers(import_model(paths[0]).model, image[None])[0]
            becomes(page, lambda: tabulated(page, "answer"), expected, 1e-5)
        papers = set(page.locator(".paper").all_inner_texts())
        assert papers == set(ARCHITECTURES[name].names.values()), name


def test_an_export_draws_and_judges_as_its_model_does(inside: Page, tmp_path: Path) -> None:
    page = inside
    shipped = load_model(DEFAULT_MODEL)
    opened(page, *FORMATS["tfjs"].writer.write(lower(shipped, BLANK), tmp_path))
    expect(page.locator(".open strong")).to_have_text("Predictions by model.json")
    gamma, scribble = [[[0, 0], [0, 9]], [[0, 0], [5, 0]]], [[[0, 0], [9, 9], [3, 1], [7, 2]]]
    for strokes in (gamma, scribble):
        result = page.evaluate("strokes => lenet.recognize(strokes)", strokes)
        meant = Recognizer(shipped).recognize([np.array(stroke, float) for stroke in strokes])
        assert (result["letter"], result["verdict"]) == (meant.letter, meant.verdict)
        assert result["confidence"] == pytest.approx(meant.confidence, abs=1e-5)


@pytest.mark.parametrize("stored", ["float16", "uint8", "uint16"])
def test_tensorflow_weights_of_8_and_16_bits_are_those_of_python(
    inside: Page, tmp_path: Path, stored: str
) -> None:
    page = inside
    draw(page, L)
    path = write_tfjs(tmp_path, dense_topology(), dense_weights(), stored, shards=3)
    opened(page, *sorted(tmp_path.iterdir()))
    expect(page.locator(".open strong")).to_have_text("Predictions by model.json")
    expected = answers(import_model(path).model, image_of(page)[None])[0]
    becomes(page, lambda: tabulated(page, "answer"), expected, 1e-6)


def tensorflow(folder: Path) -> tuple[Path, Path]:
    """A TensorFlow.js model of one dense layer."""
    input_layer = {"batch_input_shape": [None, 28, 28, 1], "name": "image"}
    layers = [
        {"class_name": "InputLayer", "config": input_layer},
        {"class_name": "Flatten", "config": {"name": "flat"}},
        {"class_name": "Dense", "config": {"name": "d", "units": 26, "activation": "softmax"}},
    ]
    weights = [
        {"name": "d/kernel", "shape": [784, 26], "dtype": "float32"},
        {"name": "d/bias", "shape": [26], "dtype": "float32"},
    ]
    whole: dict[str, Any] = {
        "modelTopology": {"class_name": "Sequential", "config": {"layers": layers}},
        "weightsManifest": [{"paths": ["w.bin"], "weights": weights}],
    }
    (folder / "model.json").write_text(json.dumps(whole))
    noise = np.random.default_rng(5).normal(0, 0.1, 785 * 26).astype("<f4")
    (folder / "w.bin").write_bytes(noise.tobytes())
    return folder / "model.json", folder / "w.bin"


def test_a_tensorflow_model_made_here_answers_and_is_dropped(inside: Page, tmp_path: Path) -> None:
    page = inside
    draw(page, L)
    topology, shard = tensorflow(tmp_path)
    dropped = {path.name: list(path.read_bytes()) for path in (topology, shard)}
    page.evaluate(
        """files => {
          const data = new DataTransfer();
          for (const [name, bytes] of Object.entries(files))
            data.items.add(new File([new Uint8Array(bytes)], name));
          dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
        }""",
        dropped,
    )
    expect(page.locator(".open strong")).to_have_text("Predictions by model.json")
    weights = np.frombuffer(shard.read_bytes(), "<f4")
    logits = image_of(page).ravel() / 255 @ weights[:-26].reshape(784, 26) + weights[-26:]
    expected = np.exp(logits) / np.exp(logits).sum()
    becomes(page, lambda: tabulated(page, "answer"), expected, 1e-5)


def test_hostile_files_are_refused_and_the_drawing_stays(inside: Page, tmp_path: Path) -> None:
    page = inside
    draw(page, L)
    before = strokes_on(page)
    good, (tf, shard) = DEFAULT_MODEL.read_bytes(), tensorflow(tmp_path)
    for name, data, reason in [
        ("cut.safetensors", good[:-4], "bytes of weights"),
        ("no.safetensors", b"no", "not a safetensors"),
        ("long.safetensors", (2**62).to_bytes(8, "little") + good[8:], "header"),
        ("model.txt", good, "Choose one .safetensors file"),
        ("other.json", b"[]", "not JSON"),
        ("deep.json", b'{"modelTopology":' * 5000 + b"{}" + b"}" * 5000, "weightsManifest"),
    ]:
        (tmp_path / name).write_bytes(data)
        opened(page, tmp_path / name)
        expect(page.locator(".open .status")).to_contain_text(reason)
    opened(page, tf)  # without its shard
    expect(page.locator(".open .status")).to_contain_text("w.bin is missing")
    (tmp_path / "again.json").write_bytes(tf.read_bytes())
    opened(page, tf, shard, tmp_path / "again.json")
    expect(page.locator(".open .status")).to_contain_text("Choose one")
    assert strokes_on(page) == before
    assert page.locator("#letter").inner_text() == "L"
