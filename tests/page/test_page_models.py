"""The page's reader of models: what Python answers it answers, and what it refuses it refuses."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from bad_specs import BAD
from browser import serving, wait_for
from lenet import engine
from lenet.inference.recognizer import Recognizer
from lenet.labels import LETTERS
from lenet.models import ARCHITECTURES, ModelMetadata, get_spec
from lenet.models.file import Model, load_model, save_model
from lenet.server.config import PAGE
from repository import VECTORS as VECTORS_FOLDER
from views import show

VECTORS = json.loads((VECTORS_FOLDER / "ink.json").read_text(encoding="utf-8"))
DRAWINGS = [v["strokes"] for v in VECTORS["strokes"] if v["pen"] == engine.DEFAULT_PEN]
# JavaScript's numbers cannot tell 28.0 from 28.
ALIKE = {"side 28.0"}


def model(name: str) -> Model:
    """Weights that no training made, biases and coefficients among them, so that all matter."""
    network = engine.Network(get_spec(name).engine_layers)
    noise = np.random.default_rng(1).uniform(-0.2, 0.2, network.parameters).astype(np.float32)
    return Model(get_spec(name), network.initialise(3) + noise, ModelMetadata(temperature=2.5))


@pytest.mark.parametrize(
    ("name", "quantize"),
    [*((name, None) for name in ARCHITECTURES), ("lenet5", "int8"), ("modern-s", "int8")],
)
def test_every_architecture_answers_as_in_python(
    context: BrowserContext, tmp_path: Path, name: str, quantize: Literal["int8"] | None
) -> None:
    path = tmp_path / "model.safetensors"
    save_model(path, model(name), quantize=quantize)
    recognizer = Recognizer(load_model(path))
    with serving(path) as url:
        page = context.new_page()
        page.goto(url)
        wait_for(page, "ready")
        assert len(DRAWINGS) > 5
        for strokes in DRAWINGS:
            result = page.evaluate("strokes => lenet.recognize(strokes).candidates", strokes)
            answer = recognizer.recognize([np.array(stroke) for stroke in strokes])
            expected = dict(answer.candidates)
            assert [share for _, share in result] == pytest.approx(list(expected.values()), abs=1e-5)
            for letter, share in result:
                assert share == pytest.approx(expected.get(letter, share), abs=1e-5)


def test_the_engine_that_answers_is_a_small_download() -> None:
    [path] = PAGE.glob("assets/lenet-*.wasm")
    assert len(gzip.compress(path.read_bytes(), 9)) < 25_000


def headed(architecture: object) -> bytes:
    """A model file without weights."""
    metadata = {"format": "lenet-model/2", "architecture": json.dumps(architecture)}
    more = {"labels": LETTERS, "rasterizer_version": str(engine.RASTERIZER_VERSION), "temperature": "1"}
    header = json.dumps({"__metadata__": {**metadata, **more}}).encode()
    return len(header).to_bytes(8, "little") + header


def test_what_python_refuses_the_page_refuses(page: Page) -> None:
    show(page, "inside")
    status = page.locator(".open .status")
    for name, (bad, _) in BAD.items():
        if name in ALIKE:
            continue
        status.evaluate("(status) => { status.textContent = ''; }")  # what was said of the file before
        content = headed(bad)
        page.locator("#open-model").set_input_files(
            {"name": "model.safetensors", "mimeType": "application/octet-stream", "buffer": content}
        )
        expect(status).to_contain_text("The model file cannot be used")
        text = status.inner_text()
        assert "tensor" not in text, (name, text)  # it was read, and only weights are missing
        assert "labels" not in text, (name, text)
