"""The page as an application: installed, without a network, and when a new version is there."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser import new_context, plain_host, wait_for
from collecting import collecting
from drawing import L, T, draw, letter, strokes_on
from lenet.server.config import PAGE
from views import VIEWS, show

KEPT = "navigator.serviceWorker.ready.then(({ active }) => active.state)"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A context with service workers."""
    with new_context(browser) as opened:
        yield opened


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A copy of the page, two folders deep on a host."""
    return Path(shutil.copytree(PAGE, tmp_path / "some" / "where"))


def visit(context: BrowserContext, url: str) -> Page:
    """Open the page and wait until the browser has cached it."""
    page = context.new_page()
    page.goto(url)
    wait_for(page, "ready")
    assert page.evaluate(KEPT) in ("activating", "activated")
    return page


def change(folder: Path) -> None:
    """Put a new version of the page there, whose title tells."""
    index = folder / "index.html"
    text = index.read_text(encoding="utf-8")
    [entry] = re.findall(r'src="\./assets/(index-[\w-]+)\.js"', text)
    script = (folder / "assets" / f"{entry}.js").read_text(encoding="utf-8")
    (folder / "assets" / "index-new.js").write_text(f"{script}\ndocument.body.id = 'new';")
    index.write_text(text.replace(f"{entry}.js", "index-new.js"), encoding="utf-8")
    worker = folder / "service-worker.js"
    script = worker.read_text(encoding="utf-8").replace('"version":"', '"version":"new-')
    worker.write_text(script.replace(f"{entry}.js", "index-new.js"), encoding="utf-8")


def test_one_visit_is_enough_to_do_without_a_network(context: BrowserContext, site: Path) -> None:
    with plain_host(site.parent.parent) as host:
        visit(context, f"{host}some/where/").close()
    page = context.new_page()  # the host is gone
    page.goto(f"{host}some/where/index.html?from=a-link")
    wait_for(page, "ready")
    draw(page, L)
    assert letter(page) == "L"
    for view in VIEWS:
        show(page, view)
        expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    page.locator("#language").select_option("de")
    expect(page.locator("html[lang=de]")).to_be_attached()


CACHED = """caches.keys().then(async (names) => {
  const cache = await caches.open(names[0]);
  return (await cache.keys()).map(({ url }) => url.split("/").pop());
})"""
SERVED = re.compile(
    r"(served|give|class|join|moderat|collect|qr-code|offer|contribut)[\w-]*-[\w-]{8}\.(js|css)"
)


def cached(page: Page) -> set[str]:
    """The cached files of a page that only a collecting server needs."""
    return {name for name in page.evaluate(CACHED) if SERVED.fullmatch(name)}


def test_a_host_of_files_costs_nothing_for_collecting(context: BrowserContext, site: Path) -> None:
    with plain_host(site) as host:
        page = visit(context, host)
        assert "index.html" not in page.evaluate(CACHED)
        assert len(page.evaluate(CACHED)) > 40
        assert cached(page) == set()


@pytest.mark.parametrize("class_name", [None, "5b"])
def test_a_page_that_collects_works_without_its_server(
    context: BrowserContext, tmp_path: Path, class_name: str | None
) -> None:
    with collecting(tmp_path, class_name) as museum:
        page = visit(context, museum.url)
        assert len(cached(page)) > 9
        url = museum.url
        page.close()
    page = context.new_page()  # the server is gone
    page.goto(f"{url}#view={'class' if class_name else 'contribute'}")
    wait_for(page, "ready")
    title = "Class" if class_name else "Give a few letters"
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    page.locator("#language").select_option("de")
    expect(page.locator("html[lang=de]")).to_be_attached()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_letters_are_kept_once_they_were_looked_at(context: BrowserContext, site: Path) -> None:
    with plain_host(site) as host:
        page = visit(context, f"{host}#view=mistakes")
        page.reload()
        page.get_by_role("button", name="Letters of handwriting fonts").click()
        page.locator(".matrix").wait_for()
    page.reload()
    wait_for(page, "ready")
    page.get_by_role("button", name="Letters of handwriting fonts").click()
    page.locator(".matrix td").first.wait_for()


def test_a_new_version_is_offered_and_the_drawing_survives(context: BrowserContext, site: Path) -> None:
    with plain_host(site) as host:
        page = visit(context, host)
        draw(page, T)
        drawn = strokes_on(page)
        change(site)
        page.reload()
        wait_for(page, "ready")
        expect(page.get_by_text("A new version of this page is available.")).to_be_visible()
        assert page.locator("body#new").count() == 0  # nothing happened yet
        assert letter(page) == "T"
        page.get_by_role("button", name="Load it").click()
        page.locator("body#new").wait_for()
        wait_for(page, "ready")
        assert letter(page) == "T"
        assert [len(stroke) for stroke in strokes_on(page)] == [len(stroke) for stroke in drawn]
        expect(page.locator("#notice")).to_be_hidden()


def test_old_and_new_files_are_never_mixed(context: BrowserContext, site: Path) -> None:
    """The old version goes on as a whole in a tab, though its files are gone from the host."""
    with plain_host(site) as host:
        page = visit(context, host)
        other = context.new_page()
        other.goto(host)
        wait_for(other, "ready")
        change(site)
        for file in (site / "assets").glob("*.js"):
            if file.name.startswith(("word", "take", "mistakes", "reader")):
                file.unlink()
        worker = site / "service-worker.js"
        gone = re.compile(r'"assets/(word|take|mistakes|reader)[\w-]*\.js",')
        worker.write_text(gone.sub("", worker.read_text(encoding="utf-8")), encoding="utf-8")
        other.reload()
        wait_for(other, "ready")
        show(page, "word")
        expect(page.locator("#cut-note")).to_be_visible()
        other.get_by_role("button", name="Load it").click()
        other.locator("body#new").wait_for()
        show(page, "mistakes")
        expect(page.get_by_role("heading", name="Explore mistakes")).to_be_visible()
        expect(page.get_by_text("A new version of this page is available.")).to_be_visible()


def test_a_version_that_is_not_whole_is_not_taken(context: BrowserContext, site: Path) -> None:
    with plain_host(site) as host:
        page = visit(context, host)
        change(site)
        (site / "assets" / "index-new.js").unlink()
        page.reload()
        wait_for(page, "ready")
        failed = page.evaluate(
            """async () => {
              const registration = await navigator.serviceWorker.ready;
              await registration.update().catch(() => {});
              return new Promise((done) => {
                const look = () =>
                  registration.installing ? setTimeout(look, 50) : done(registration.waiting);
                look();
              });
            }"""
        )
        assert failed is None
        expect(page.locator("#notice")).to_be_hidden()
        draw(page, L)
        assert letter(page) == "L"


def test_another_model_is_taken_at_once_and_the_kept_one_where_there_is_none(
    context: BrowserContext, site: Path
) -> None:
    with plain_host(site) as host:
        visit(context, host)
        (site / "model.safetensors").write_bytes(b"not a model")
        page = context.new_page()
        page.goto(host)
        wait_for(page, "failed")
        (site / "model.safetensors").unlink()
        page.goto(host)
        wait_for(page, "ready")
    page.goto(host)
    wait_for(page, "ready")


def test_another_program_at_the_address_is_not_hidden(context: BrowserContext, site: Path) -> None:
    with plain_host(site) as host:
        page = visit(context, host)
        for file in (site / "service-worker.js", site / "model.safetensors"):
            file.unlink()
        (site / "index.html").write_text("<!doctype html><title>another</title><p>program")
        page.goto(f"{host}?again")
        expect(page.get_by_text("program")).to_be_visible()
        assert page.evaluate("navigator.serviceWorker.getRegistrations()") == []


def test_what_storage_refuses_is_said_and_loses_nothing(context: BrowserContext, site: Path) -> None:
    with plain_host(site) as host:
        visit(context, host).close()
        change(site)
        page = context.new_page()
        page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full') }")
        page.goto(host)
        wait_for(page, "ready")
        draw(page, L)
        page.get_by_role("button", name="Load it").click()
        expect(page.get_by_text("the drawing would be lost")).to_be_visible()
        assert letter(page) == "L"


def test_without_room_for_it_the_page_works_and_is_not_kept(context: BrowserContext, url: str) -> None:
    page = context.new_page()
    context.route("**/icon-512.png", lambda route: route.abort())
    page.goto(url)
    wait_for(page, "ready")
    draw(page, L)
    assert letter(page) == "L"
    page.wait_for_function(
        "() => navigator.serviceWorker.getRegistration().then((found) => !found?.installing)"
    )
    assert page.evaluate("navigator.serviceWorker.controller") is None


def test_it_can_be_installed(context: BrowserContext, url: str) -> None:
    page = visit(context, url)
    session = context.new_cdp_session(page)
    reply = session.send("Page.getAppManifest")
    assert reply["errors"] == []
    lacking = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {error["errorId"] for error in lacking} <= {"in-incognito"}  # as every test's browser
    manifest = json.loads(reply["data"])
    assert (manifest["start_url"], manifest["scope"]) == ("./", "./")
    for icon in manifest["icons"]:
        path = PAGE / icon["src"]
        if icon["type"] == "image/png":
            with Image.open(path) as image:
                assert "x".join(map(str, image.size)) == icon["sizes"]
        else:
            assert path.read_bytes().startswith(b"<svg")


def test_drawings_outlive_reloading_and_hostile_storage(page: Page) -> None:
    draw(page, T)
    show(page, "word")
    draw(page, L)
    page.reload()
    wait_for(page, "ready")
    expect(page.locator("#word")).to_have_text("L")
    show(page, "draw")
    assert letter(page) == "T"
    page.keyboard.press("Control+z")
    assert strokes_on(page) == []
    for text in ("{", '{"letter": [[[1]]]}', '{"letter": [[["a", 2]]]}', "[[[0, null]]]", "7"):
        page.evaluate(
            "addEventListener('pagehide', () => sessionStorage['lenet drawings'] = text)".replace(
                "text", json.dumps(text)
            )
        )
        page.reload()
        wait_for(page, "ready")
        assert strokes_on(page) == []
