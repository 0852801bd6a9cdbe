"""Bringing a picture: photos of printed letters, made on the spot, are read by the page."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from browser import serving, wait_for
from drawing import L, Strokes, draw, shape, strokes_on
from lenet.datasets import load
from lenet.inference.recognizer import load as load_recognizer
from lenet.labels import LETTERS
from lenet.models import DEFAULT_MODEL
from lenet.models.file import load_model, save_model


@pytest.fixture(scope="module")
def glyphs() -> dict[str, np.ndarray]:
    """For each letter an image that the shipped model surely reads, 28x28, ink bright."""
    data = load("font-letters")
    answers = load_recognizer(DEFAULT_MODEL).probabilities(data.images)
    own = answers[np.arange(len(data)), data.labels]
    return {
        letter: data.images[np.where(data.labels == k, own, 0).argmax()] for k, letter in enumerate(LETTERS)
    }


def photo(glyphs: dict[str, np.ndarray], lines: list[str], angle: float = 0) -> Image.Image:
    """Dark letters on paper in a shadow that falls from the left, turned clockwise, with noise."""
    size = 72
    width = (max(map(len, lines)) + 2) * size
    ink = Image.new("L", (width, (2 * len(lines) + 1) * size))
    for row, line in enumerate(lines):
        for column, letter in enumerate(line):
            if letter != " ":
                one = Image.fromarray(glyphs[letter]).resize((size, size), Image.Resampling.BICUBIC)
                ink.paste(one, (size + column * size, size + 2 * row * size))
    ink = ink.rotate(-angle, Image.Resampling.BICUBIC, expand=True)
    shadow = np.linspace(110, 235, ink.width)[None, :]
    noise = np.random.default_rng(1).normal(0, 4, (ink.height, ink.width))
    paper = shadow * (1 - 0.8 * np.asarray(ink) / 255) + noise
    return Image.fromarray(paper.clip(0, 255).astype(np.uint8)).convert("RGB")


def png(picture: Image.Image) -> FilePayload:
    packed = io.BytesIO()
    picture.save(packed, "PNG")
    return {"name": "photo.png", "mimeType": "image/png", "buffer": packed.getvalue()}


@pytest.fixture
def view(page: Page) -> Page:
    page.get_by_role("link", name="Picture").click()
    page.locator("#picture-file").wait_for(state="attached")
    return page


@pytest.mark.parametrize("angle", [0, 6, -9])
def test_lines_are_levelled_cut_and_read(view: Page, glyphs: dict[str, np.ndarray], angle: float) -> None:
    lines = ["LENET READS", "TWO LINES"]
    view.locator("#picture-file").set_input_files(png(photo(glyphs, lines, angle)))
    expect(view.locator("#picture-text")).to_have_text("\n".join(lines))
    expect(view.locator(".letters li")).to_have_count(18)
    expect(view.locator(".stages figure")).to_have_count(3)
    text = view.locator(".stages figcaption").last.inner_text()
    turned = re.search(r"Rotated by ([0-9.]+)", text)
    assert float(turned[1] if turned else 0) == pytest.approx(abs(angle), abs=0.8), text
    expect(view.locator("#announcement")).to_contain_text("TWO LINES")


def test_light_ink_on_a_dark_ground_is_read_too(view: Page, glyphs: dict[str, np.ndarray]) -> None:
    chalk = Image.eval(photo(glyphs, ["SLATE"]), lambda tone: 255 - tone)
    view.locator("#picture-file").set_input_files(png(chalk))
    expect(view.locator("#picture-text")).to_have_text("SLATE")


@pytest.mark.parametrize("word", ["LARGE", "FJORD", "WAX"])
def test_a_level_word_stays_level(view: Page, glyphs: dict[str, np.ndarray], word: str) -> None:
    view.locator("#picture-file").set_input_files(png(photo(glyphs, [word])))
    expect(view.locator("#picture-text")).to_have_text(word)
    expect(view.locator(".stages figcaption").last).to_contain_text("Not rotated")


def test_a_letter_alone_is_not_turned(view: Page, glyphs: dict[str, np.ndarray]) -> None:
    view.locator("#picture-file").set_input_files(png(photo(glyphs, ["K"], 8)))
    expect(view.locator(".stages figcaption").last).to_contain_text("Not rotated")
    expect(view.locator(".letters li")).to_have_count(1)


def test_an_unsure_letter_has_a_question_mark_in_every_view(
    context: BrowserContext, tmp_path: Path, glyphs: dict[str, np.ndarray]
) -> None:
    model = load_model(DEFAULT_MODEL)
    path = tmp_path / "model.safetensors"
    save_model(path, replace(model, metadata=replace(model.metadata, min_probability=1.0)))
    with serving(path) as url:
        page = context.new_page()
        page.goto(f"{url}#view=word")
        wait_for(page, "ready")
        draw(page, L)
        for letters in ("#word", "#letters .name"):
            expect(page.locator(f"{letters} [data-verdict=unsure]")).to_have_text("L")
        page.locator("#letters .others button").first.click()  # now the user is sure
        expect(page.locator("#word [data-verdict=letter]")).to_have_text("L")
        page.get_by_role("link", name="Picture").click()
        page.locator("#picture-file").set_input_files(png(photo(glyphs, ["K"])))
        for letters in ("#picture-text", ".letters"):
            letter = page.locator(f"{letters} [data-verdict=unsure]")
            expect(letter).to_have_text("K")
            assert letter.evaluate("one => getComputedStyle(one, '::after').content").startswith('"?"')
        expect(page.locator(".letters li")).to_have_attribute("aria-label", re.compile("Perhaps K, "))
        page.close()


def test_a_dropped_picture_is_read(view: Page, glyphs: dict[str, np.ndarray]) -> None:
    data = png(photo(glyphs, ["DROP"]))["buffer"]
    assert isinstance(data, bytes)
    view.evaluate(
        """bytes => {
          const transfer = new DataTransfer();
          const file = new File([new Uint8Array(bytes)], "a.png", { type: "image/png" });
          transfer.items.add(file);
          const options = { dataTransfer: transfer, bubbles: true, cancelable: true };
          document.body.dispatchEvent(new DragEvent("drop", options));
        }""",
        list(data),
    )
    expect(view.locator("#picture-text")).to_have_text("DROP")


@pytest.mark.parametrize("shade", [255, 128, 0])
def test_a_picture_without_letters_says_so(view: Page, shade: int) -> None:
    view.locator("#picture-file").set_input_files(png(Image.new("RGB", (300, 200), (shade,) * 3)))
    expect(view.locator("#picture-text")).to_contain_text("No letters")


def test_what_is_no_picture_is_refused_and_the_drawing_stays(page: Page) -> None:
    draw(page, L)
    page.get_by_role("link", name="Picture").click()
    page.locator("#picture-file").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG no"}
    )
    expect(page.get_by_role("alert")).to_contain_text("not a picture")
    page.get_by_role("link", name="Draw").click()
    assert len(strokes_on(page)) == 1


def test_forty_megapixels_are_read(view: Page, glyphs: dict[str, np.ndarray]) -> None:
    large = photo(glyphs, ["LARGE"]).convert("L")
    scale = (40_000_000 / (large.width * large.height)) ** 0.5
    large = large.resize((int(large.width * scale), int(large.height * scale)))
    packed = io.BytesIO()
    large.save(packed, "JPEG", quality=60)
    view.locator("#picture-file").set_input_files(
        {"name": "l.jpg", "mimeType": "image/jpeg", "buffer": packed.getvalue()}
    )
    expect(view.locator("#picture-text")).to_have_text("LARGE", timeout=20_000)


def test_without_a_camera_a_file_may_be_chosen(view: Page) -> None:
    view.get_by_role("button", name="Use the camera").click()
    expect(view.get_by_role("alert")).to_contain_text("camera")


def drawn(strokes: Strokes, paper: tuple[int, ...], ink: tuple[int, ...]) -> Image.Image:
    """Strokes in shares of a picture 600 pixels wide and 240 high, by a pen of 6 pixels."""
    picture = Image.new("RGBA", (600, 240), paper)
    pen = ImageDraw.Draw(picture)
    for stroke in strokes:
        pen.line([(600 * x, 240 * y) for x, y in stroke], fill=ink, width=6, joint="curve")
    return picture


WHITE, BLACK, CLEAR = (255, 255, 255, 255), (0, 0, 0, 255), (0, 0, 0, 0)
LENT = [stroke for k, name in enumerate("LENT") for stroke in shape(name, 0.08 + 0.23 * k)]


def test_letters_whose_parts_do_not_touch_are_whole(view: Page) -> None:
    bar = [(0.1, 0.2), (0.1, 0.75)]
    angle = [(0.23, 0.2), (0.118, 0.47), (0.23, 0.75)]
    left, across = [(0.4, 0.2), (0.4, 0.75)], [(0.415, 0.47), (0.515, 0.47)]
    right = [(0.53, 0.2), (0.53, 0.75)]
    strokes = [bar, angle, left, across, right, *shape("T", 0.7)]
    view.locator("#picture-file").set_input_files(png(drawn(strokes, WHITE, BLACK)))
    expect(view.locator("#picture-text")).to_have_text("K H T")
    expect(view.locator(".letters li")).to_have_count(3)


def test_a_letter_in_a_frame_on_rules_or_in_colours_of_one_brightness_is_read(view: Page) -> None:
    for frame, paper, ink in (
        ((90, 60, 40), (243, 243, 240), (20, 25, 60)),  # a table
        ((255, 255, 255), (10, 12, 16), (235, 225, 170)),  # a pad in light margins
        ((0, 130, 0), (0, 130, 0), (255, 0, 0)),
    ):
        sheet = Image.new("RGB", (640, 280), frame)
        sheet.paste(drawn(LENT, (*paper, 255), (*ink, 255)).convert("RGB"), (20, 20))
        view.locator("#picture-file").set_input_files(png(sheet))
        expect(view.locator("#picture-text")).to_have_text("LENT")
    ruled = drawn(LENT, WHITE, BLACK).convert("RGB")
    pen = ImageDraw.Draw(ruled)
    for y in range(9, ruled.height, 22):
        pen.line((0, y, ruled.width, y), fill=(160, 185, 235))
    view.locator("#picture-file").set_input_files(png(ruled))
    expect(view.locator("#picture-text")).to_have_text("LENT")


@pytest.mark.parametrize("size", [32, 56])
def test_lines_and_spaces_of_print_are_kept(view: Page, size: int) -> None:
    lines = ["THE QUICK BROWN", "FOX IS ON TIME"]
    sheet = Image.new("RGB", (16 * size, 5 * size), (244, 243, 238))
    font = ImageFont.load_default(size)
    ImageDraw.Draw(sheet).multiline_text(
        (size, size), "\n".join(lines), fill=(20, 20, 60), font=font, spacing=size
    )
    view.locator("#picture-file").set_input_files(png(sheet))
    text = view.locator("#picture-text")
    expect(text).to_contain_text("FOX")
    shape = [[len(word) for word in line.split(" ")] for line in text.inner_text().split("\n")]
    assert shape == [[len(word) for word in line.split(" ")] for line in lines]


def test_a_png_whose_bits_the_browser_drops_is_explained(view: Page) -> None:
    tones = np.asarray(drawn(LENT, WHITE, BLACK).convert("L")).astype(np.uint16)
    view.locator("#picture-file").set_input_files(png(Image.fromarray(tones)))
    expect(view.get_by_role("alert")).to_contain_text("8-bit PNG")


def test_light_ink_on_nothing_is_read(view: Page) -> None:
    for paper in (CLEAR, (255, 255, 255, 0)):
        view.locator("#picture-file").set_input_files(png(drawn(LENT, paper, WHITE)))
        expect(view.locator("#picture-text")).to_have_text("LENT")
    view.locator("#picture-file").set_input_files(png(drawn(LENT, CLEAR, BLACK)))
    expect(view.locator("#picture-text")).to_have_text("LENT")


def test_what_was_read_before_does_not_stand_below_a_refusal(view: Page) -> None:
    view.locator("#picture-file").set_input_files(png(drawn(LENT, WHITE, BLACK)))
    expect(view.locator("#picture-text")).to_have_text("LENT")
    view.locator("#picture-file").set_input_files(
        {"name": "notes.png", "mimeType": "image/png", "buffer": b"Dear all"}
    )
    expect(view.get_by_role("alert")).to_be_visible()
    expect(view.locator("#picture-text")).to_have_count(0)


def test_of_two_pictures_the_later_one_is_shown(view: Page) -> None:
    view.evaluate(
        """() => {
          const decode = createImageBitmap;
          let wait = new Promise((done) => (window.arrive = done));
          window.createImageBitmap = async (...file) => {
            const before = wait;
            wait = null;
            await before;
            return decode(...file);
          };
        }"""
    )
    view.locator("#picture-file").set_input_files(png(Image.new("RGB", (90, 90), (255,) * 3)))
    expect(view.locator("#picture-result")).to_have_text("Reading…")
    view.locator("#picture-file").set_input_files(png(drawn(LENT, WHITE, BLACK)))
    expect(view.locator("#picture-text")).to_have_text("LENT")
    view.evaluate("arrive()")
    view.wait_for_timeout(100)
    expect(view.locator("#picture-text")).to_have_text("LENT")


CAMERAS = """() => {
  window.cameras = [];
  navigator.mediaDevices.getUserMedia = () => new Promise((give) => {
    const stream = document.createElement("canvas").captureStream();
    cameras.push({ give: () => give(stream), running: () => stream.active });
  });
}"""


@pytest.mark.parametrize("leave", [True, False])
def test_a_camera_that_opens_too_late_is_let_go(view: Page, leave: bool) -> None:
    """Its light does not stay on: the person has left, or asked a second time."""
    view.evaluate(CAMERAS)
    button = view.get_by_role("button", name="Use the camera")
    button.click()
    if leave:
        view.get_by_role("link", name="Draw").click()
        view.locator("#image").wait_for()
    else:
        button.click()
    for k in range(1 if leave else 2):
        view.evaluate("k => { cameras[k].give() }", k)
    view.wait_for_timeout(50)
    running = view.evaluate("cameras.map((camera) => camera.running())")
    assert running == ([False] if leave else [False, True])
    view.evaluate("() => { delete window.cameras }")


def test_what_is_on_the_hidden_pad_is_not_said_after_a_picture(page: Page) -> None:
    draw(page, L)
    page.get_by_role("link", name="Picture").click()
    page.locator("#picture-file").set_input_files(png(drawn(LENT, WHITE, BLACK)))
    expect(page.locator("#announcement")).to_contain_text("LENT")
    page.set_viewport_size({"width": 1000, "height": 700})  # everything is shown anew
    page.wait_for_timeout(900)
    expect(page.locator("#announcement")).to_contain_text("LENT")
