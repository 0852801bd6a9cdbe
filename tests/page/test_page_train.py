"""The view "Train": networks learn in the page, are led, compared, drawn with and taken away."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import FilePayload, Page, expect

from browser import wait_for
from drawing import L, draw, letter
from lenet.datasets import load
from lenet.inference.recognizer import Recognizer
from lenet.labels import LETTERS
from lenet.models import load_model
from repository import ROOT
from tasks import no_long_task

PHASE = "#train-phase"
TRAINED_PART = "document.querySelector('progress').value"

# The accuracy in the comparison equals the one beside the curves.
COMPARED = """() => {
  const own = document.querySelector("#comparison tr td:last-child")?.innerText;
  const facts = document.getElementById("train-facts").innerText;
  return own !== undefined && facts.includes(`Validation accuracy: ${own}`);
}"""


@pytest.fixture
def view(page: Page) -> Page:
    page.get_by_role("link", name="Train").click()
    page.locator("#settings").wait_for()
    return page


def begin(view: Page, **numbers: float) -> None:
    """Press start, with these numbers in place of the recipe's."""
    if not view.locator("#train-epochs").is_visible():
        view.get_by_text("Settings", exact=True).click()
    for name, value in numbers.items():
        view.locator(f"#train-{name}").fill(str(value))
    view.get_by_role("button", name="Start").click()


def learned(view: Page) -> float:
    """Wait for the end; the share of held-out letters that are right."""
    expect(view.locator(PHASE)).to_have_text("Trained", timeout=60_000)
    facts = view.locator("#train-facts")
    expect(facts).to_contain_text("Validation accuracy")
    match = re.search(r"Validation accuracy: ([0-9.]+)%", facts.inner_text())
    assert match
    return float(match[1]) / 100


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def open_files(view: Page, *files: FilePayload) -> None:
    view.locator("#set").select_option("file")
    view.locator("#set-file").set_input_files(list(files))


@pytest.fixture(scope="module")
def bars() -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (400, 28, 28) with a bar whose place says which of six letters they show."""
    rng = np.random.default_rng(0)
    labels = (np.arange(400) % 6).astype(np.uint8)
    images = rng.integers(0, 60, (400, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[3 + 4 * label : 6 + 4 * label, 3:25] = 255
    return images, labels


def test_networks_and_recipes_are_those_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "codegen"))
    import page_networks

    assert page_networks.PLACE.read_text(encoding="utf-8") == page_networks.document()


@pytest.mark.slow
def test_a_network_learns_is_shown_and_is_taken_away(view: Page, tmp_path: Path) -> None:
    expect(view.locator("#net-origin")).to_contain_text("3 convolutions, ReLU, max pooling")
    with no_long_task(view):
        begin(view, epochs=3, batchSize=64)
        right = learned(view)
    assert right > 0.4
    expect(view.locator(".charted .line")).to_have_count(4)
    learning = view.locator(".line.line-1").first.get_attribute("d")
    assert learning is not None
    assert learning.count("L") > 5
    expect(view.locator(".curves")).to_contain_text("Training accuracy is measured on augmented images")
    expect(view.locator(".kernels canvas")).to_have_count(16)
    expect(view.locator(".mistakes li").first).to_contain_text("predicted")
    view.locator("#curves-table summary").click()
    expect(view.locator("#curves-table tbody tr").last).to_be_visible()

    view.set_viewport_size({"width": 320, "height": 640})
    assert view.evaluate("document.documentElement.scrollWidth") == 320

    view.get_by_role("button", name="Compare").click()
    rows = view.locator("#comparison tr")
    expect(rows).to_have_count(2)
    shares = [float(row.split()[-1].rstrip("%")) / 100 for row in rows.all_inner_texts()]
    assert shares[0] == pytest.approx(right, abs=1e-6)
    assert shares[1] > shares[0]

    with view.expect_download() as download:
        view.get_by_role("button", name="Download").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    model = load_model(path)
    assert model.training.name == "modern-s"
    assert len(model.training.attributions) > 20
    assert model.training.epochs == 3
    assert model.min_probability is not None
    glyphs = load("font-letters")
    answers = Recognizer(model).probabilities(glyphs.images)
    assert (answers.argmax(1) == glyphs.labels).mean() == pytest.approx(right, abs=0.1)

    view.get_by_role("button", name="Draw with").click()
    expect(view.locator("html[data-view=draw]")).to_be_attached()
    expect(view.locator("#about")).to_contain_text("trained on 4,8")
    draw(view, L)
    view.wait_for_timeout(100)
    recognition = Recognizer(model).recognize(
        [np.array([p[:2] for p in s]) for s in view.evaluate("lenet.strokes()")]
    )
    assert letter(view) == (recognition.letter or "")
    view.get_by_role("button", name="Use the default network again").click()
    expect(view.locator("#about")).to_contain_text("37,162 parameters, trained on")
    expect(view.locator("#about")).not_to_contain_text("trained on 4,8")
    expect(view.locator("#about button")).to_have_count(0)
    assert letter(view) == "L"


def test_a_training_is_led(view: Page, bars: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> None:
    images, labels = bars
    np.savez(tmp_path / "bars.npz", images=images, labels=labels.astype(np.int64) + 1)
    open_files(view, file("bars.npz", (tmp_path / "bars.npz").read_bytes()))
    view.locator("#net").select_option("lenet1")
    view.locator("#recipe").select_option("no-aug")
    begin(view, epochs=1000, batchSize=32)
    expect(view.locator("#train-facts")).to_contain_text("per second")
    view.get_by_role("button", name="Pause").click()
    expect(view.locator(PHASE)).to_have_text("Paused")
    view.wait_for_timeout(200)
    before = view.evaluate(TRAINED_PART)
    view.get_by_role("button", name="One step").click()
    view.wait_for_function(f"before => {TRAINED_PART} > before", arg=before)
    steps = round((view.evaluate(TRAINED_PART) - before) * 1000 * (358 // 32))
    assert steps == 1
    view.locator("#pace").focus()
    view.keyboard.press("ArrowLeft")
    expect(view.locator(".pace output")).to_have_text("0.79")
    view.get_by_role("button", name="Resume").click()
    expect(view.locator(PHASE)).to_have_text("Training")

    trained = view.evaluate(TRAINED_PART)
    view.get_by_role("link", name="Draw").click()  # and back: it has gone on
    view.get_by_role("link", name="Train").click()
    expect(view.locator(PHASE)).to_have_text("Training")
    view.wait_for_function(f"before => {TRAINED_PART} > before", arg=trained)
    view.get_by_role("button", name="Pause").click()
    expect(view.locator(PHASE)).to_have_text("Paused")
    view.locator("#language").select_option("de")
    expect(view.locator(PHASE)).to_have_text("Pause")
    view.get_by_role("button", name="Stoppen").click()
    expect(view.locator(PHASE)).to_have_text("Trainiert")
    expect(view.locator(".learned")).to_be_visible()


def test_a_trained_network_is_there_after_a_reload(view: Page, tmp_path: Path) -> None:
    begin(view, epochs=1)
    learned(view)
    expect(view.locator(".learned")).to_contain_text("stored on this device")
    files = []
    for _ in range(2):
        with view.expect_download() as download:
            view.get_by_role("button", name="Download").click()
        files.append(Path(download.value.path()).read_bytes())
        view.reload()
        wait_for(view, "ready")
        expect(view.get_by_role("heading", name="The network that you trained last")).to_be_visible()
    assert files[0] == files[1]
    view.get_by_role("button", name="Draw with").click()
    expect(view.locator("#about")).to_contain_text("trained on 4,8")
    view.get_by_role("link", name="Train").click()
    view.get_by_role("button", name="Delete this network").click()
    expect(view.locator(".learned")).to_have_count(0)
    view.reload()
    wait_for(view, "ready")
    view.locator("#settings").wait_for()
    expect(view.locator(".learned")).to_have_count(0)


def test_a_pause_shows_what_the_weights_are_worth_that_it_leaves(view: Page) -> None:
    view.locator("#net").select_option("lenet1")
    begin(view, epochs=100)
    for _ in range(4):
        expect(view.locator("#train-facts")).to_contain_text("Validation accuracy")
        view.get_by_role("button", name="Pause").click()
        view.get_by_role("button", name="Compare").click()
        view.wait_for_function(COMPARED)  # both come to rest, one after the other
        trained = view.evaluate(TRAINED_PART)
        view.get_by_role("button", name="Resume").click()
        view.wait_for_function(f"before => {TRAINED_PART} > before + 0.005", arg=trained)  # half an epoch


def test_emnist_and_drawings_are_opened(view: Page, bars: tuple[np.ndarray, np.ndarray]) -> None:
    images, labels = bars
    upright = images.transpose(0, 2, 1).tobytes()
    sizes = b"".join(n.to_bytes(4, "big") for n in (400, 28, 28))
    stored = gzip.compress(b"\0\0\x08\x03" + sizes + upright)
    numbers = b"\0\0\x08\x01" + sizes[:4] + (labels + 1).tobytes()
    names = [f"emnist-letters-train-{what}" for what in ("labels-idx1-ubyte", "images-idx3-ubyte.gz")]
    open_files(view, file(names[0], numbers), file(names[1], stored))
    view.locator("#recipe").select_option("no-aug")
    begin(view, epochs=6, batchSize=20)
    assert learned(view) > 0.95
    expect(view.locator("#train-facts")).to_contain_text("358 training letters, 42 validation letters")

    lines = [
        {"label": LETTERS[k % 2], "drawer": f"d{k // 4}", "strokes": [[[0, 0], [k % 2, 1 + k]]]}
        for k in range(80)
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    open_files(view, file("mine.jsonl", text.encode()))
    begin(view, epochs=1)
    learned(view)
    expect(view.locator("#train-facts")).to_contain_text("72 training letters, 8 validation letters")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.npz", b"PK\3\4 no", "not a zip archive"),
        ("a.jsonl", b'{"label": "A", "strokes": [[[1, 2]]]}\n{"label": 1}', "line 2"),
        ("emnist-letters-test-images-idx3-ubyte", b"", "test split"),
        ("emnist-letters-train-images-idx3-ubyte", b"\0\0\x08\x03" + bytes(12), "two files"),
        ("a.bin", b"\xff\xfe\xfd", "neither"),
    ],
)
def test_files_that_are_no_letters_are_refused(view: Page, name: str, content: bytes, words: str) -> None:
    open_files(view, file(name, content))
    begin(view)
    expect(view.locator(f"{PHASE}.problem")).to_contain_text(words)


def test_a_rate_that_is_too_high_is_said(view: Page) -> None:
    view.locator("#net").select_option("lenet5-relu")
    view.locator("#recipe").select_option("holzweber2021")
    begin(view, learningRate=1e7)
    expect(view.locator(PHASE)).to_have_count(0)  # the form does not take it
    begin(view, learningRate=1e6)
    expect(view.locator(f"{PHASE}.problem")).to_contain_text("lower learning rate")
    expect(view.locator(".learned")).to_be_hidden()


def test_the_address_says_what_is_chosen(page: Page) -> None:
    page.goto(page.url.split("#")[0] + "#view=train&net=lenet5&recipe=holzweber2021&set=own")
    expect(page.locator("#net")).to_have_value("lenet5")
    expect(page.locator("#train-epochs")).to_have_value("45")
    expect(page.locator("#set-about")).to_contain_text("no letters yet")
    page.locator("#net").select_option("lecun1989")
    assert "net=lecun1989" in page.evaluate("location.hash")
