"""<lenet-pad> in a real browser: real pointer events under the page's strict policy."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser import plain_host, serving
from class_networks import save_network
from drawing import STEPS, L, T, all_on_screen, between, draw, touch
from lenet import ink
from lenet.inference.recognizer import Recognizer
from packaged import assert_same
from repository import ROOT

CANVAS = "lenet-pad canvas"

LISTEN = """() => {
  window.heard = [];
  window.frames = 0;
  const count = () => { window.frames++; requestAnimationFrame(count); };
  requestAnimationFrame(count);
  addEventListener("recognize", ({ target, detail: { image, ...answer } }) => {
    window.heard.push({ ...answer, frame: window.frames, strokes: target.strokes });
  });
}"""


@pytest.fixture
def pad(strict: Page) -> Page:
    """The page, its pad ready and listened to."""
    strict.evaluate("customElements.whenDefined('lenet-pad').then(() => 0)")
    strict.evaluate(LISTEN)
    return strict


def settled(page: Page) -> None:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def heard(page: Page, least: int = 1) -> list[dict[str, Any]]:
    """Return the answers so far, once there are `count`."""
    page.evaluate(
        "n => new Promise(done => { const look = () => heard.length >= n ? done()"
        " : requestAnimationFrame(look); look(); })",
        least,
    )
    settled(page)
    heard: list[dict[str, Any]] = page.evaluate("heard")
    return heard


def get(page: Page, what: str) -> Any:
    return page.evaluate(f"document.querySelector('lenet-pad').{what}")


def test_a_letter_is_read_while_it_is_drawn(pad: Page, python: Recognizer) -> None:
    first, *rest = all_on_screen(pad, L[0], CANVAS)
    pad.mouse.move(*first)
    pad.mouse.down()
    pad.mouse.move(*rest[0], steps=STEPS)
    during = heard(pad)
    assert during[-1]["letter"] in ("I", "L")
    pad.mouse.move(*rest[1], steps=STEPS)
    pad.mouse.up()
    events = heard(pad, len(during) + 1)
    assert events[-1]["letter"] == "L"
    frames = [one["frame"] for one in events]
    assert len(set(frames)) == len(frames)  # at most one a frame
    [stroke] = events[-1]["strokes"]
    assert len(stroke) > 2 * STEPS
    assert_same(events[-1], python.recognize([np.array(stroke)]))
    assert get(pad, "result.letter") == "L"
    assert get(pad, "result.image.length") == 784
    expect(pad.locator("lenet-pad [aria-live]")).to_contain_text("L, ")


def test_undo_and_clear_by_button_key_and_method(pad: Page) -> None:
    draw(pad, T, pad=CANVAS)
    count = len(heard(pad))
    pad.get_by_role("button", name="Undo").click()
    assert len(get(pad, "strokes")) == 1
    pad.get_by_role("button", name="Clear").click()
    assert heard(pad, count + 2)[-1]["verdict"] == "empty"
    assert get(pad, "result.verdict") == "empty"
    pad.keyboard.press("Control+z")  # on the button, which keeps the focus; a clear can be taken back
    assert len(get(pad, "strokes")) == 1
    draw(pad, [T[1]], pad=CANVAS)  # and on the pad, which takes it
    pad.keyboard.press("Delete")
    assert get(pad, "strokes") == []
    get(pad, "undo()")
    assert len(get(pad, "strokes")) == 2
    get(pad, "clear()")
    assert get(pad, "strokes") == []


def test_keys_with_nothing_to_do_are_left_to_the_page(pad: Page) -> None:
    pad.evaluate("addEventListener('keydown', e => { window.prevented = e.defaultPrevented; })")
    draw(pad, L, pad=CANVAS)
    for prevented in (True, False):
        pad.keyboard.press("Escape")
        assert pad.evaluate("prevented") is prevented


def test_a_finger_draws(pad: Page, context: BrowserContext) -> None:
    session = context.new_cdp_session(pad)
    start, *rest = all_on_screen(pad, between(L[0]), CANVAS)
    touch(session, "touchStart", start)
    for place in rest:
        touch(session, "touchMove", place)
    touch(session, "touchEnd")
    assert heard(pad)[-1]["letter"] == "L"


def test_strokes_can_be_set(pad: Page, python: Recognizer) -> None:
    pad.evaluate("pad => { document.querySelector('lenet-pad').strokes = pad }", L)
    assert_same(heard(pad)[-1], python.recognize([np.array(L[0])]))
    pad.evaluate("document.querySelector('lenet-pad').strokes = [[[0.1, 0.2, 17]]]")
    assert get(pad, "strokes") == [[[0.1, 0.2, 17]]]
    get(pad, "undo()")
    assert get(pad, "strokes") == [[list(point) for point in L[0]]]


def test_the_pen_is_the_networks(pad: Page, python: Recognizer) -> None:
    draw(pad, T, pad=CANVAS)
    before = len(heard(pad))
    strokes = [np.array(stroke) for stroke in get(pad, "strokes")]
    pad.evaluate("document.querySelector('lenet-pad').pen = 0.3")
    assert get(pad, "getAttribute('pen')") == "0.3"
    events = heard(pad, before + 1)[-1]
    assert_same(events, python.recognize_images([ink.rasterize(strokes, 0.3)])[0])


def test_what_is_disabled_is_not_drawn_on(pad: Page) -> None:
    for off, on in (
        ("document.querySelector('lenet-pad').disabled = true", "lenet-pad').disabled = false"),
        ("document.querySelector('fieldset').disabled = true", "fieldset').disabled = false"),
    ):
        pad.evaluate(off)
        draw(pad, L, pad=CANVAS)
        assert get(pad, "strokes") == []
        expect(pad.get_by_role("button", name="Clear")).to_be_disabled()
        pad.evaluate(f"document.querySelector('{on}")
        draw(pad, L, pad=CANVAS)
        assert len(get(pad, "strokes")) == 1
        get(pad, "clear()")


def test_in_a_form_it_is_a_field(pad: Page) -> None:
    value = "new FormData(document.forms[0]).get('letter')"
    assert pad.evaluate(value) is None
    draw(pad, L, pad=CANVAS)
    heard(pad)
    assert pad.evaluate(value) == "L"
    pad.evaluate("document.forms[0].reset()")
    settled(pad)
    assert pad.evaluate(value) is None
    assert get(pad, "strokes") == []


def test_it_has_roles_and_names(pad: Page) -> None:
    group = pad.get_by_role("group", name="Draw one letter", exact=True)
    expect(group).to_be_visible()
    pad.evaluate("document.querySelector('lenet-pad').label = 'First initial'")
    expect(pad.get_by_role("group", name="First initial", exact=True)).to_be_visible()
    expect(pad.get_by_role("img", name="Pad: draw with mouse, finger or pen")).to_be_visible()
    expect(pad.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "true")
    draw(pad, L, pad=CANVAS)
    expect(pad.get_by_role("button", name="Undo")).to_have_attribute("aria-disabled", "false")


def test_another_model_and_one_that_does_not_load(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.goto(address)
    page.evaluate(LISTEN)
    page.evaluate(
        """() => {
          window.errors = [];
          const pad = document.querySelector("lenet-pad");
          pad.addEventListener("error", ({ error, message }) => errors.push([error.name, message]));
          pad.model = "./nowhere";
        }"""
    )
    message = page.locator("lenet-pad [part=message]")
    expect(message).to_contain_text("The model did not load (status 404)")
    [[name, text]] = page.evaluate("errors")
    assert name == "LenetError"
    assert text == message.inner_text()
    draw(page, L, pad=CANVAS)  # the pad still takes strokes
    page.evaluate("document.querySelector('lenet-pad').model = './model.safetensors'")
    assert heard(page)[-1]["letter"] == "L"
    expect(message).to_be_hidden()
    page.evaluate("document.querySelector('lenet-pad').pen = 7")
    expect(message).to_have_text("the pen must be a number, 0.02 to 1")
    assert get(page, "result") is None
    page.close()


def test_a_network_of_digits_is_not_said_to_read_letters(
    context: BrowserContext, site: Path, tmp_path: Path
) -> None:
    with serving(save_network(tmp_path / "digits.safetensors", max_entropy=0), site) as url:
        page = context.new_page()
        page.goto(url)
        page.evaluate("document.querySelector('lenet-pad').model = './model.safetensors'")
        draw(page, L, pad=CANVAS)
        spoken = page.locator("lenet-pad [aria-live=polite]")
        expect(spoken).to_contain_text("Not one of its characters. Closest:")


def test_it_survives_being_moved_and_joined_by_others(pad: Page) -> None:
    pad.evaluate(
        """() => {
          const first = document.querySelector("lenet-pad");
          document.body.prepend(first);
          document.body.append(document.createElement("lenet-pad"));
        }"""
    )
    draw(pad, L, pad=f"{CANVAS} >> nth=0")
    assert heard(pad)[-1]["letter"] == "L"
    count = len(heard(pad))
    draw(pad, T, pad=f"{CANVAS} >> nth=1")
    assert heard(pad, count + 1)[-1]["letter"] == "T"
    assert pad.evaluate("[...document.querySelectorAll('lenet-pad')].map(p => p.strokes.length)") == [1, 2]


def test_what_was_set_before_it_was_defined_counts(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.route("**/element.js", lambda route: None)
    page.goto(address, wait_until="commit")
    page.evaluate("strokes => { document.querySelector('lenet-pad').strokes = strokes }", L)
    page.evaluate(LISTEN)
    page.unroute("**/element.js")
    page.evaluate("import('./lenet/element.js?again').then(() => 0)")
    assert heard(page)[-1]["letter"] == "L"
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_colour_scheme(pad: Page, scheme: Any) -> None:
    pad.emulate_media(color_scheme=scheme)
    settled(pad)
    paper, ink = pad.evaluate(
        "() => { const look = getComputedStyle(document.querySelector('lenet-pad').shadowRoot"
        ".querySelector('canvas')); return [look.backgroundColor, look.color] }"
    )
    light, dark = ("rgb(255, 255, 255)", "rgb(0, 0, 0)"), ("rgb(18, 18, 18)", "rgb(255, 255, 255)")
    assert (paper, ink) == (light if scheme == "light" else dark)


# ---- The example for plain HTML ------------------------------------------------------------


def test_what_the_page_gives_to_embed_runs(
    context: BrowserContext, page: Page, site: Path, tmp_path: Path
) -> None:
    page.get_by_role("link", name="Share").click()
    snippet = page.locator("#view pre").inner_text()
    page.get_by_role("button", name="Copy a link").wait_for()
    (tmp_path / "index.html").write_text(f"<!doctype html><title>a page</title>{snippet}")
    shutil.copytree(site / "lenet", tmp_path / "lenet")
    with plain_host(tmp_path) as url:
        other = context.new_page()
        messages: list[str] = []
        other.on("console", lambda message: messages.append(message.text))
        other.goto(url)
        draw(other, L, pad=CANVAS)
        other.wait_for_function("() => document.querySelector('lenet-pad').result?.letter === 'L'")
        other.close()
    assert messages[-1].startswith("L ")


def test_the_example_runs_from_a_plain_host(context: BrowserContext, site: Path, tmp_path: Path) -> None:
    shutil.copyfile(ROOT / "examples" / "html" / "index.html", tmp_path / "index.html")
    shutil.copytree(site / "lenet", tmp_path / "lenet")
    with plain_host(tmp_path) as url:
        page = context.new_page()
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(url)
        draw(page, L, pad=CANVAS)
        expect(page.locator("output")).to_have_text("L, 100 %")
        page.get_by_role("button", name="Clear").click()
        expect(page.locator("output")).to_have_text("")
        page.close()
    assert all(one.startswith(url) for one in requests)
