"""The page in Firefox and WebKit, with real pointer actions: `make test-browsers`.

What a letter becomes and how it is read is compared with this machine's own engine, as
test_page.py does with Chromium.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_page import VECTORS
from test_page_training import TRAIN_IN_THE_PAGE, job, native_bits  # noqa: F401 - a fixture

import lenet
from browser import plain_host
from drawing import L, Strokes, T, X, between, shape
from lenet import ink
from lenet.server.config import PAGE
from views import VIEWS
from webdriver import Driven, firefox, webkit

PATIENCE = 30  # seconds
LENET = {0.04: "L", 0.22: "E", 0.41: "N", 0.6: "E", 0.78: "T"}


@pytest.fixture(scope="module", params=[firefox, webkit], ids=["firefox", "webkit"])
def driven(request: pytest.FixtureRequest) -> Iterator[Driven]:
    with request.param() as browser:
        yield browser


@pytest.fixture
def page(driven: Driven, url: str) -> Iterator[Driven]:
    """The page, ready and empty; whatever it complains about fails the test."""
    driven.goto(f"{url}?{time.monotonic_ns()}")
    wait(driven, "document.documentElement.dataset.state === 'ready'")
    driven.evaluate("document.getElementById('clear').click()")
    yield driven
    driven.evaluate("0")
    assert driven.complaints == []


def wait(driven: Driven, condition: str) -> None:
    end = time.monotonic() + PATIENCE
    while not driven.evaluate(f"Boolean({condition})"):
        assert time.monotonic() < end, f"never: {condition}"
        time.sleep(0.05)


def draw(driven: Driven, strokes: Strokes, kind: str = "mouse") -> None:
    """Draw on the pad; the strokes are in shares of it."""
    driven.evaluate("document.getElementById('pad').scrollIntoView({ block: 'nearest' })")
    box = driven.evaluate("document.getElementById('pad').getBoundingClientRect().toJSON()")

    def to(point: tuple[float, float]) -> dict[str, Any]:
        x, y = point
        place = {
            "x": round(box["x"] + x * box["width"]),
            "y": round(box["y"] + y * box["height"]),
        }
        return {"type": "pointerMove", "duration": 0, **place}

    actions = []
    for stroke in strokes:
        first, *rest = map(to, between(stroke))
        down, up = ({"type": f"pointer{what}", "button": 0} for what in ("Down", "Up"))
        actions += [first, down, *rest, up]
    parameters = {"pointerType": kind}
    driven.act([{"type": "pointer", "id": kind, "parameters": parameters, "actions": actions}])


def show(driven: Driven, view: str) -> None:
    driven.evaluate(f"document.querySelectorAll('#views a')[{VIEWS.index(view)}].click()")
    wait(driven, f"document.querySelector('html[data-view={view}] #view > *')")


@pytest.mark.parametrize(("drawing", "letter"), [(L, "L"), (T, "T"), (X, "X")])
def test_a_letter_is_read_as_everywhere(page: Driven, drawing: Strokes, letter: str) -> None:
    draw(page, drawing)
    wait(page, f"document.getElementById('letter').textContent === '{letter}'")
    strokes = page.evaluate("lenet.strokes()")
    assert [len(stroke) > 2 for stroke in strokes] == [True] * len(drawing)
    result = page.evaluate("lenet.recognize(lenet.strokes())")
    points = [np.array([point[:2] for point in stroke]) for stroke in strokes]
    recognizer = lenet.load()
    expected = recognizer.recognize(points)
    assert (result["letter"], result["verdict"]) == (letter, expected.verdict)
    assert [share for _, share in result["candidates"]] == pytest.approx(
        [share for _, share in expected.candidates], abs=1e-5
    )
    image = [result["image"][str(k)] for k in range(784)]
    rasterized = ink.rasterize(points, recognizer.model.pen_width)
    assert rasterized is not None
    assert bytes(image) == rasterized.tobytes()


def test_ink_vectors_become_the_committed_bytes(page: Driven) -> None:
    result = page.evaluate(
        f"{json.dumps(VECTORS['strokes'])}.map(({{ strokes, pen }}) =>"
        " Array.from(lenet.core.rasterize(strokes, pen)))"
    )
    for vector, image in zip(VECTORS["strokes"], result, strict=True):
        assert bytes(image).hex() == vector["image"], vector["name"]


def test_a_word_is_read(page: Driven) -> None:
    show(page, "word")
    draw(page, [stroke for left, name in LENET.items() for stroke in shape(name, left)])
    wait(page, "document.getElementById('word').textContent === 'LENET'")


def test_every_view_opens(page: Driven) -> None:
    draw(page, T)
    for view in VIEWS:
        show(page, view)
        assert page.evaluate("document.querySelector('#view [role=alert]:not([hidden])')") is None
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view


def test_training_gives_the_native_weights(page: Driven, native_bits: list[list[int]]) -> None:  # noqa: F811
    assert page.evaluate("crossOriginIsolated")
    result = page.evaluate(f"({TRAIN_IN_THE_PAGE})({json.dumps([job(), {'threads': 2}])})")
    assert result["bits"] == native_bits[0]


def test_a_network_learns_from_nothing(page: Driven) -> None:
    show(page, "train")
    wait(page, "document.getElementById('settings')")
    page.evaluate(
        """(() => {
          const epochs = document.getElementById("train-epochs");
          epochs.value = "1";
          for (const type of ["input", "change"]) {
            epochs.dispatchEvent(new Event(type, { bubbles: true }));
          }
          [...document.querySelectorAll("#view button")]
            .find((button) => button.textContent === "Start").click();
        })()"""
    )
    wait(page, "document.getElementById('train-phase')?.textContent === 'Trained'")
    wait(page, "document.getElementById('train-facts').textContent.includes('Validation accuracy')")


def test_it_works_without_a_network_and_keeps_the_drawing(driven: Driven, tmp_path: Path) -> None:
    site = Path(shutil.copytree(PAGE, tmp_path / "page"))
    ready: Callable[[], None] = lambda: wait(  # noqa: E731
        driven, "document.documentElement.dataset.state === 'ready'"
    )
    with plain_host(tmp_path) as host:
        driven.goto(f"{host}{site.name}/")
        ready()
        draw(driven, L)
        driven.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    driven.goto(f"{host}{site.name}/")
    ready()
    wait(driven, "document.getElementById('letter').textContent === 'L'")
    show(driven, "word")
