"""The page in a real browser: real pointer events, real drawings, the same answers as Python."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import lenet
from browser import serving, wait_for
from drawing import STEPS, L, T, X, between, draw, letter, on_screen, pen, strokes_on, touch
from lenet import ink
from lenet.models import DEFAULT_MODEL, load_model, save_model
from packaged import assert_same
from repository import VECTORS as VECTORS_FOLDER

VECTORS = json.loads((VECTORS_FOLDER / "ink.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("drawing", "answer"), [(L, "L"), (T, "T"), (X, "X")])
def test_a_letter_drawn_with_the_mouse_is_read(
    page: Page, drawing: list[list[tuple[float, float]]], answer: str
) -> None:
    draw(page, drawing)
    assert letter(page) == answer
    assert [len(stroke) > STEPS for stroke in strokes_on(page)] == [True] * len(drawing)
    rows = page.locator("#candidates li")
    expect(rows).to_have_count(5)
    expect(rows.first).to_contain_text(answer)
    expect(page.locator("#announcement")).to_contain_text(answer)


def test_the_answer_comes_while_drawing(page: Page) -> None:
    page.mouse.move(*on_screen(page, (0.3, 0.2)))
    page.mouse.down()
    page.mouse.move(*on_screen(page, (0.3, 0.8)), steps=STEPS)
    during = letter(page)
    assert during in ("I", "L")
    page.mouse.move(*on_screen(page, (0.7, 0.8)), steps=STEPS)
    assert letter(page) == "L"
    page.mouse.up()


def test_an_empty_pad_gets_no_letter(page: Page) -> None:
    assert letter(page) == ""
    expect(page.locator("#status")).to_have_text("Draw a letter")
    assert page.evaluate("document.documentElement.dataset.verdict") == "empty"
    assert page.evaluate("lenet.recognize([])") == {
        "letter": None, "confidence": 0, "candidates": [], "image": None, "verdict": "empty"
    }  # fmt: skip


def test_clear_and_undo_by_button_and_key(page: Page) -> None:
    draw(page, T)
    page.get_by_role("button", name="Undo").click()
    assert len(strokes_on(page)) == 1
    page.get_by_role("button", name="Clear").click()
    assert strokes_on(page) == []
    assert letter(page) == ""
    page.keyboard.press("Control+z")  # a clear can be taken back
    assert len(strokes_on(page)) == 1
    page.keyboard.press("Escape")
    assert strokes_on(page) == []
    draw(page, L)
    assert letter(page) == "L"


def test_a_dot_is_drawn(page: Page) -> None:
    page.mouse.click(*on_screen(page, (0.5, 0.5)))
    [stroke] = strokes_on(page)
    assert len(stroke) == 1
    assert page.evaluate("lenet.recognize(lenet.strokes()).verdict") != "empty"


def test_a_finger_draws_and_a_second_one_does_not(page: Page, context: BrowserContext) -> None:
    session = context.new_cdp_session(page)
    start, *rest = [on_screen(page, point) for point in between(L[0])]
    other = on_screen(page, (0.9, 0.1))
    touch(session, "touchStart", start)
    touch(session, "touchStart", start, other)
    for place in rest:
        touch(session, "touchMove", place, other)
    touch(session, "touchEnd")
    assert letter(page) == "L"
    [stroke] = strokes_on(page)
    assert max(y for _, y, *_ in stroke[-5:]) == pytest.approx(0.8, abs=0.01)


def test_the_pen_beats_the_palm(page: Page, context: BrowserContext) -> None:
    session = context.new_cdp_session(page)
    palm = on_screen(page, (0.9, 0.9))
    touch(session, "touchStart", palm)  # the palm comes down first ...
    assert len(strokes_on(page)) == 1
    start, *rest = [on_screen(page, point) for point in between(L[0])]
    pen(session, "mousePressed", start)  # ... and the pen takes its place
    for place in rest:
        pen(session, "mouseMoved", place)
    pen(session, "mouseReleased", rest[-1])
    touch(session, "touchMove", on_screen(page, (0.5, 0.9)))
    touch(session, "touchEnd")
    touch(session, "touchStart", palm)  # soon after the pen it is still the palm
    touch(session, "touchEnd")
    assert len(strokes_on(page)) == 1
    assert letter(page) == "L"


def test_the_keyboards_pen_draws_nothing_into_other_strokes(page: Page) -> None:
    draw(page, L)
    pad = page.locator("#pad")
    pad.focus()
    before = strokes_on(page)
    for key in ("Space", "ArrowDown", "ArrowDown", "Control+z", "ArrowRight"):
        page.keyboard.press(key)
    after = strokes_on(page)
    assert after[:1] == before  # what was drawn before is as it was
    assert [len(stroke) for stroke in after[1:]] == [1]  # the pen is still down, and goes on
    for key in ("Escape", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    assert [len(stroke) for stroke in strokes_on(page)] == [2]


def test_who_comes_with_the_keyboard_is_told_how_to_draw(page: Page) -> None:
    expect(page.locator("#keys")).to_be_hidden()
    draw(page, L)
    expect(page.locator("#keys")).to_be_hidden()
    page.locator("#views a").last.focus()
    page.keyboard.press("Tab")
    expect(page.locator("#pad")).to_be_focused()
    expect(page.locator("#keys")).to_have_text("Arrow keys move the pen, the space bar lowers and lifts it")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("#pen")).to_be_visible()


def test_a_second_replay_is_not_ended_by_the_first(page: Page) -> None:
    draw(page, T, steps=60)
    left = page.evaluate(
        """() => {
          const points = () => lenet.strokes().flat().length;
          const [all, took] = [points(), lenet.strokes().at(-1).at(-1)[2]];
          const replay = document.getElementById("replay");
          let [clock, frames] = [performance.now(), []];
          performance.now = () => clock;
          window.requestAnimationFrame = (step) => frames.push(step);
          const pass = (ms) => {
            clock += ms;
            for (const step of frames.splice(0)) step(clock);
          };
          replay.click();
          pass(0.9 * took);
          replay.click();
          pass(0.2 * took);
          pass(0.2 * took);
          return all - points();
        }"""
    )
    assert left > 0


@pytest.mark.parametrize(("width", "height"), [(640, 400), (568, 320)])
def test_a_letter_is_drawn_without_scrolling_in_a_low_window(page: Page, width: int, height: int) -> None:
    """A window of 1280 x 800 at 200 %, and a small phone that lies on its side."""
    page.set_viewport_size({"width": width, "height": height})
    box = page.locator("#pad").bounding_box()
    assert box is not None
    assert box["height"] < height
    draw(page, L)
    assert letter(page) == "L"


def test_coalesced_events_are_all_kept(page: Page) -> None:
    """Events that the browser bundled into one are points of the stroke all the same."""
    count = page.evaluate(
        """() => {
          const pad = document.getElementById("pad"), box = pad.getBoundingClientRect();
          pad.setPointerCapture = () => {};
          const at = (type, x, more = {}) => new PointerEvent(type, {
            pointerId: 7, pointerType: "pen", button: type === "pointerdown" ? 0 : -1,
            clientX: box.left + x * box.width, clientY: box.top + box.height / 2, ...more });
          pad.dispatchEvent(at("pointerdown", 0.1));
          const bundled = [0.2, 0.3, 0.4].map((x) => at("pointermove", x));
          pad.dispatchEvent(at("pointermove", 0.4, { coalescedEvents: bundled }));
          pad.dispatchEvent(at("pointerup", 0.4));
          return lenet.strokes()[0].length;
        }"""
    )
    assert count == 4


def test_a_drawing_survives_another_window_size(page: Page) -> None:
    draw(page, L)
    before = strokes_on(page)
    page.set_viewport_size({"width": 360, "height": 640})
    assert strokes_on(page) == before
    assert letter(page) == "L"
    draw(page, [[(0.1, 0.1), (0.2, 0.1)]])
    assert len(strokes_on(page)) == 2


@pytest.mark.parametrize("width", [320, 768, 3840])
def test_the_page_fits_every_width(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#pad").bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(box["height"], abs=1)
    assert box["width"] >= 240


def test_nothing_is_requested_from_elsewhere_and_the_policy_is_strict(
    context: BrowserContext, url: str
) -> None:
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    response = page.goto(url)
    assert response is not None
    wait_for(page, "ready")
    draw(page, L)
    assert letter(page) == "L"
    assert {urlsplit(request).netloc for request in requests} == {urlsplit(url).netloc}
    assert all(urlsplit(request).query == "" for request in requests)
    for policy in (
        response.headers["content-security-policy"],
        page.locator("meta[http-equiv]").get_attribute("content"),
    ):
        assert policy is not None
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "'unsafe-eval'" not in policy
    assert page.evaluate("crossOriginIsolated")


def test_the_page_says_what_is_wrong_with_a_model(context: BrowserContext, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    whole = DEFAULT_MODEL.read_bytes()
    for content, words in (
        (whole[:-3], "weights"),
        (whole.replace(b'"rasterizer_version":"1"', b'"rasterizer_version":"2"'), "rasterizer version"),
        (b"not a model", "safetensors"),
    ):
        path.write_bytes(content)
        with serving(path) as url:
            page = context.new_page()
            page.goto(url)
            wait_for(page, "failed")
            expect(page.locator("#status")).to_contain_text(words)
            draw(page, L)  # the pad still takes strokes
            page.close()


def test_the_page_says_what_did_not_load(context: BrowserContext, url: str) -> None:
    for pattern, words in (
        ("**/*.wasm", "engine did not load"),
        ("**/model.safetensors", "model did not load"),
    ):
        page = context.new_page()
        page.route(pattern, lambda route: route.abort())
        page.goto(url)
        wait_for(page, "failed")
        expect(page.locator("#status")).to_contain_text(words)
        expect(page.locator("#status")).to_contain_text("Reload")
        page.close()


def test_ink_vectors_become_the_committed_bytes(page: Page) -> None:
    for vector in VECTORS["strokes"]:
        image = page.evaluate("v => Array.from(lenet.core.rasterize(v.strokes, v.pen))", vector)
        assert bytes(image).hex() == vector["image"], vector["name"]
    for vector in VECTORS["pictures"]:
        tones = list(bytes.fromhex(vector["picture"]))
        image = page.evaluate(
            "([t, h, w]) => Array.from(lenet.core.rasterizePicture(Uint8Array.from(t), h, w))",
            [tones, vector["height"], vector["width"]],
        )
        assert bytes(image).hex() == vector["image"], vector["name"]


@pytest.mark.parametrize("strokes", ["[[[0, NaN]]]", "[[[0, Infinity]]]", "[[[0, 0], [1e12, 0]]]"])
def test_the_engine_refuses_senseless_coordinates(page: Page, strokes: str) -> None:
    result = page.evaluate(
        f"(() => {{ try {{ lenet.recognize({strokes}) }} catch (e) {{ return e.message }} }})()"
    )
    assert "coordinate" in result
    assert page.evaluate("lenet.recognize([[[0, 0], [0, 9]]]).verdict") != "empty"


def test_real_drawings_get_the_same_answer_as_in_python(page: Page, shared: Path) -> None:
    """Every Omniglot drawing: the same 784 bytes, the same letter, probabilities within 1e-5."""
    drawings = list(ink.read_drawings(shared / "strokes" / "omniglot_latin.jsonl.gz"))
    recognizer = lenet.load()
    pen = recognizer.model.pen_width
    images = [ink.rasterize(drawing.strokes, pen) for drawing in drawings]
    predicted = recognizer.recognize_images(images)
    assert len(drawings) == len(predicted) == 520
    result = page.evaluate(
        """all => JSON.parse(all).map(strokes => {
          const { image, ...answer } = lenet.recognize(strokes);
          return { ...answer, image: image.toHex() };
        })""",
        # As text, since Playwright takes seconds for nested lists.
        json.dumps([[stroke.tolist() for stroke in drawing.strokes] for drawing in drawings]),
    )
    assert {row["verdict"] for row in result} >= {"letter", "unsure"}
    for image, row, expected in zip(images, result, predicted, strict=True):
        assert image is not None
        assert row["image"] == image.tobytes().hex()
        assert_same(row, expected)


def test_the_page_gives_the_verdicts_that_python_gives(page: Page) -> None:
    """Non-letters of every stroke-drawn kind, the thresholds of the shipped model."""
    random = np.random.default_rng(5)
    drawings = [
        [random.random((int(random.integers(2, 9)), 2)) for _ in range(random.integers(1, 6))]
        for _ in range(300)
    ]
    recognizer = lenet.load()
    expected = [recognizer.recognize(strokes).verdict for strokes in drawings]
    result = page.evaluate(
        "all => JSON.parse(all).map(strokes => lenet.recognize(strokes).verdict)",
        json.dumps([[stroke.tolist() for stroke in strokes] for strokes in drawings]),
    )
    assert result == expected
    assert set(result) == {"letter", "unsure", "not-a-letter"}


@pytest.mark.parametrize(
    ("thresholds", "verdict", "displayed", "message"),
    [({"min_probability": 1.0}, "unsure", "L", "Perhaps L"),
     ({"max_entropy": 0.0}, "not-a-letter", "", "Not a letter")],
)  # fmt: skip
def test_the_page_shows_the_verdict(
    context: BrowserContext,
    tmp_path: Path,
    thresholds: dict[str, Any],
    verdict: str,
    displayed: str,
    message: str,
) -> None:
    model = load_model(DEFAULT_MODEL)
    path = tmp_path / "model.safetensors"
    save_model(path, replace(model, metadata=replace(model.metadata, **thresholds)))
    with serving(path) as url:
        page = context.new_page()
        page.goto(url)
        wait_for(page, "ready")
        draw(page, L)
        expect(page.locator(f"html[data-verdict={verdict}]")).to_be_attached()
        expect(page.locator("#letter")).to_have_text(displayed)
        expect(page.locator("#announcement")).to_contain_text(message)
        assert page.locator("#candidates li").count() == 5
        page.close()


def test_real_drawings_drawn_on_the_pad_are_read_as_in_python(page: Page, shared: Path) -> None:
    """Some, by every second point, with real pointer events; these snap to pixels, so nearly all
    answers are equal."""
    drawings = list(ink.read_drawings(shared / "strokes" / "omniglot_latin.jsonl.gz"))[::208]
    recognizer = lenet.load()
    same = 0
    for drawing in drawings:
        page.keyboard.press("Escape")
        side = max(float(stroke.max()) for stroke in drawing.strokes)
        draw(
            page,
            [[tuple(p) for p in (stroke[::2] / side * 0.9 + 0.05).tolist()] for stroke in drawing.strokes],
            steps=1,
        )
        same += letter(page) == recognizer.recognize(drawing.strokes).letter
    assert same >= len(drawings) - 1


def test_without_wasm_simd_the_page_says_so(browser: Browser, url: str) -> None:
    context = browser.new_context()
    context.add_init_script("WebAssembly.instantiate = () => Promise.reject(new Error('no SIMD'))")
    page = context.new_page()
    page.goto(url)
    wait_for(page, "failed")
    expect(page.locator("#status")).to_contain_text("SIMD")
    context.close()
