"""Taking away what was drawn on the page, and the network."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from browser import new_page, serving, wait_for
from drawing import L, T, draw, letter, strokes_on
from lenet import ink
from lenet.cli import main as cli
from lenet.models import DEFAULT_MODEL, PRETRAINED_DIR, load_model
from lenet.server.config import PAGE


@pytest.fixture
def view(page: Page) -> Page:
    draw(page, T)
    page.get_by_role("link", name="Share").click()
    page.get_by_role("button", name="Copy a link").wait_for()
    return page


def saved(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).click()
    return Path(waiting.value.path()).read_bytes()


def test_a_link_leads_to_the_drawing(view: Page) -> None:
    view.context.grant_permissions(["clipboard-read", "clipboard-write"])
    drawn = strokes_on(view)
    view.get_by_role("button", name="Copy a link").click()
    expect(view.get_by_role("status").first).to_have_text("Copied.")
    link = view.evaluate("navigator.clipboard.readText()")
    assert link.split("#")[0] == view.url.split("#")[0]
    other = view.context.new_page()
    other.goto(link)
    wait_for(other, "ready")
    assert letter(other) == "T"
    assert [len(stroke) for stroke in strokes_on(other)] == [len(stroke) for stroke in drawn]
    assert other.evaluate("location.hash") == ""
    other.close()


def test_a_link_is_followed_where_the_page_is_open(view: Page) -> None:
    view.context.grant_permissions(["clipboard-read", "clipboard-write"])
    view.get_by_role("button", name="Copy a link").click()
    expect(view.get_by_role("status").first).to_have_text("Copied.")
    link = view.evaluate("navigator.clipboard.readText()")
    view.keyboard.press("Escape")
    draw(view, L)
    view.evaluate("link => { location.href = link }", link)  # as when it is pasted above
    expect(view.locator("html[data-view=draw]")).to_be_attached()
    assert letter(view) == "T"
    assert view.evaluate("location.hash") == ""
    view.keyboard.press("Control+z")  # what was there is not lost
    assert letter(view) == "L"


def test_a_link_that_cannot_be_copied_is_shown_within_the_page(browser: Browser, url: str) -> None:
    page = new_page(browser, viewport={"width": 320, "height": 640})
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(url)
    wait_for(page, "ready")
    draw(page, T)
    page.get_by_role("link", name="Share").click()
    page.get_by_role("button", name="Copy a link").click()
    expect(page.get_by_role("status").first).to_contain_text("#drawing=")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.close()


def test_a_link_that_is_none_opens_an_empty_pad(page: Page, url: str) -> None:
    page.goto(f"{url}?x#drawing=%3Cscript%3E")
    wait_for(page, "ready")
    assert strokes_on(page) == []


def test_files_of_the_drawing(view: Page, tmp_path: Path) -> None:
    path = tmp_path / "letter.jsonl"
    path.write_bytes(saved(view, "JSON Lines"))
    [one] = ink.read_drawings(path)
    assert one.label == "T"
    assert [len(stroke) for stroke in one.strokes] == [len(stroke) for stroke in strokes_on(view)]
    picture = Image.open(io.BytesIO(saved(view, "PNG"))).convert("L")
    assert picture.size == (1024, 1024)
    tones = np.asarray(picture)
    assert tones[600, 512] < 60 < 200 < tones[60, 60]
    assert saved(view, "SVG").startswith(b"<svg xmlns=")


def test_without_a_drawing_there_is_none_to_take(page: Page) -> None:
    page.get_by_role("link", name="Share").click()
    expect(page.get_by_role("button", name="PNG")).to_be_disabled()
    expect(page.get_by_text("Draw a letter on the pad first.")).to_be_visible()
    expect(page.get_by_text("lenet export --to all DIR")).to_be_visible()


def test_the_pages_network_is_named_with_size_and_digest(page: Page) -> None:
    """Also where nobody exported anything: `lenet serve` of an installed package."""
    page.get_by_role("link", name="Share").click()
    row = page.locator("tr", has_text="model.safetensors")
    file = DEFAULT_MODEL.read_bytes()
    expect(row).to_contain_text(hashlib.sha256(file).hexdigest())
    expect(row).to_contain_text(f"{len(file) / 1000:.1f} kB")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    with page.expect_download() as waiting:
        row.get_by_role("link").click()
    assert Path(waiting.value.path()).read_bytes() == file


def test_another_network_that_answers_is_given_away_too(page: Page, tmp_path: Path) -> None:
    page.get_by_role("link", name="Look inside").click()
    other = PRETRAINED_DIR / "holzweber2021.safetensors"
    page.locator("#open-model").set_input_files(other)
    expect(page.locator("#about")).to_contain_text("39,318")
    page.get_by_role("link", name="Share").click()
    row = page.locator("tr", has_text="mine.safetensors")
    with page.expect_download() as waiting:
        row.get_by_role("link").click()
    path = tmp_path / "mine.safetensors"
    waiting.value.save_as(path)
    expect(row).to_contain_text(hashlib.sha256(path.read_bytes()).hexdigest())
    exported, original = (load_model(one) for one in (path, other))
    np.testing.assert_allclose(exported.parameters, original.parameters)
    assert exported.temperature == original.temperature


def test_the_network_is_offered_as_it_was_exported(browser: Browser, tmp_path: Path) -> None:
    shutil.copytree(PAGE, tmp_path / "page", dirs_exist_ok=True)
    folder = tmp_path / "page" / "exports"
    assert cli.main(["export", "--to", "safetensors,onnx", str(folder)]) == 0
    listed = json.loads((folder / "manifest.json").read_text())["formats"]
    with serving(page=tmp_path / "page") as address:
        page = new_page(browser)
        page.goto(f"{address}#view=take")
        wait_for(page, "ready")
        row = page.locator("tr", has_text="model.onnx")
        expect(row).to_contain_text(listed["onnx"]["files"][0]["sha256"])
        expect(row).to_contain_text("ONNX Runtime")
        with page.expect_download() as waiting:
            row.get_by_role("link").click()
        assert Path(waiting.value.path()).read_bytes() == (folder / "model.onnx").read_bytes()
        page.close()


def test_a_format_of_several_files_is_one_archive_that_the_page_opens(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(PAGE, tmp_path / "page", dirs_exist_ok=True)
    folder = tmp_path / "page" / "exports"
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "")  # no Node: nothing runs TensorFlow.js here
        assert cli.main(["export", "--to", "tfjs,torch", str(folder)]) == 0
    listed = json.loads((folder / "manifest.json").read_text())["formats"]
    assert listed["tfjs"]["verification"] is None
    with serving(page=tmp_path / "page") as address:
        page = new_page(browser)
        page.goto(f"{address}#view=take")
        wait_for(page, "ready")
        for name in ("torch", "tfjs"):
            row = page.locator("tr", has=page.get_by_role("rowheader", name=name, exact=True))
            with page.expect_download() as waiting:
                row.get_by_role("button", name=f"{name}.zip").click()
            assert waiting.value.suggested_filename == f"{name}.zip"
            waiting.value.save_as(tmp_path / f"{name}.zip")
            with zipfile.ZipFile(tmp_path / f"{name}.zip") as archive:
                assert sorted(archive.namelist()) == sorted(one["file"] for one in listed[name]["files"])
                for member in archive.namelist():
                    assert archive.read(member) == (folder / member).read_bytes()
                archive.extractall(tmp_path / name)
        expect(row).to_contain_text("the tests of this format")
        page.get_by_role("link", name="Look inside").click()
        for paths in ([tmp_path / "tfjs.zip"], sorted((tmp_path / "tfjs" / "tfjs").iterdir())):
            page.locator("#open-model").set_input_files(paths)
            expect(page.locator(".open strong")).to_contain_text(f"Predictions by {paths[-1].name}")
            page.locator(".open button").click()
            expect(page.locator(".open strong")).to_be_hidden()
        (tmp_path / "cut.zip").write_bytes((tmp_path / "tfjs.zip").read_bytes()[:-30])
        page.locator("#open-model").set_input_files(tmp_path / "cut.zip")
        expect(page.locator(".open .problem")).to_contain_text("The zip archive cannot be read")
        page.locator("#open-model").set_input_files(tmp_path / "torch.zip")
        expect(page.locator(".open .problem")).to_contain_text(
            "it has PyTorch's layout; take the export of safetensors or TensorFlow.js"
        )
        page.close()
