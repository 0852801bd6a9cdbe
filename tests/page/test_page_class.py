"""A class on the page: a teacher and phones as separate contexts, under a name without a secure context."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from browser import ARGUMENTS, NO_SERVICE_WORKER, TIMEOUT, headless_chromium, wait_for
from collecting import EXPORT, Site, collecting
from drawing import L, T, X, draw, on_screen, strokes_on, touch
from lenet.inference.recognizer import Recognizer, load
from lenet.labels import LETTERS
from lenet.models import DEFAULT_MODEL
from qr_code import modules, read_qr_code

HOST = "class.test"
"""No secure context, unlike localhost; the browser maps it to the loopback address."""

UNTRUSTED = "Cross-Origin-Opener-Policy header has been ignored"
"""The only complaint of a browser about a page without TLS."""

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
INSECURE = "[isSecureContext, typeof crypto.subtle, typeof crypto.randomUUID, typeof navigator.clipboard]"
NAME = "Class 7b"


@pytest.fixture(scope="module")
def mapped(browser: Browser) -> Iterator[Browser]:
    """A browser that finds this machine under `HOST`."""
    arguments = [*ARGUMENTS, f"--host-resolver-rules=MAP {HOST} 127.0.0.1"]
    running = browser.browser_type.launch(executable_path=headless_chromium(), args=arguments)
    yield running
    running.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with collecting(tmp_path, NAME, HOST) as running:
        yield running


@dataclass
class People:
    """Browsers of several people, each a context of its own.

    Attributes:
        complaints: errors and warnings of their pages.
    """

    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def visit(self, url: str, **options: Any) -> Page:
        """Open a page in another context."""
        context = self.browser.new_context(**options)
        context.set_default_timeout(TIMEOUT)
        context.add_init_script(NO_SERVICE_WORKER)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(url)
        wait_for(page, "ready")
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and UNTRUSTED not in message.text:
            self.complaints.append(message.text)


@contextmanager
def people(browser: Browser) -> Iterator[People]:
    """Close all contexts at the end."""
    all_of_them = People(browser)
    yield all_of_them
    for context in all_of_them.contexts:
        context.close()


def address(site: Site, fragment: str = "") -> str:
    return site.url.replace("127.0.0.1", HOST) + fragment


def classroom_of(site: Site) -> tuple[str, str]:
    """The join code and the teacher's token."""
    assert site.classroom is not None
    return site.classroom.join_code, site.classroom.teacher_token


def teach(group: People, site: Site) -> Page:
    """The projector."""
    size = {"width": 1280, "height": 720}
    page = group.visit(address(site, f"#class={classroom_of(site)[1]}"), viewport=size)
    page.locator(".board").wait_for()
    return page


def join(group: People, site: Site) -> Page:
    """A phone that has agreed to the text."""
    page = group.visit(address(site, f"#join={classroom_of(site)[0]}"), **PHONE)
    page.get_by_role("dialog").get_by_role("button", name="I agree").click()
    page.locator(".wanted").wait_for()
    return page


def give(page: Page, strokes: list[list[tuple[float, float]]] = T, finger: bool = False) -> None:
    """Draw with the mouse or a finger, and give the letter that is asked for."""
    if finger:
        session = page.context.new_cdp_session(page)
        for stroke in strokes:
            page.locator("#pad").scroll_into_view_if_needed()
            touch(session, "touchStart", on_screen(page, stroke[0]))
            for point in stroke[1:]:
                touch(session, "touchMove", on_screen(page, point))
            touch(session, "touchEnd")
    else:
        draw(page, strokes)
    assert len(strokes_on(page)) == len(strokes)
    page.get_by_role("button", name="Give this letter").click()
    expect(page.locator(".act .status")).to_contain_text("Thank you")


def numbers(page: Page) -> list[int]:
    """Pupils, letters, and letters that are read correctly."""
    return [int(text) for text in page.locator(".counts strong").all_inner_texts()]


def reads_as(page: Page, recognizer: Recognizer) -> bool:
    """Tell whether a phone's network gives the probabilities of a recognizer."""
    answer = page.evaluate("(strokes) => lenet.recognize(strokes).candidates", T)
    expected = recognizer.recognize(T).candidates
    return bool(dict(answer) == pytest.approx(dict(expected), abs=1e-4))


def test_a_whole_lesson(mapped: Browser, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Join, contribute, withdraw, train, and export; then nothing is left."""
    code, token = classroom_of(site)
    with people(mapped) as group:
        teacher = teach(group, site)
        assert teacher.evaluate(INSECURE) == [False, "undefined", "undefined", "undefined"]
        assert token not in teacher.url
        expect(teacher.get_by_role("heading", name=NAME)).to_be_focused()
        expect(teacher.locator(".code")).to_contain_text(code)
        expect(teacher.locator(".address")).to_have_text(address(site).removeprefix("http://").rstrip("/"))
        assert read_qr_code(modules(teacher, ".invitation")) == address(site, f"#join={code}")

        phones = [join(group, site) for _ in range(3)]
        assert all(code not in phone.url for phone in phones)
        for phone, finger in zip(phones, (True, False, False), strict=True):
            for strokes in (T, L, X):
                give(phone, strokes, finger)
            expect(phone.locator(".drawings li")).to_have_count(3)
        expect(teacher.locator(".tiles li")).to_have_count(9)
        assert numbers(teacher)[:2] == [3, 9]
        stored = site.letters()
        assert len({each.key_digest for each in stored}) == 3
        assert all(each.agrees for each in stored)
        cells = teacher.locator(".confusions td:not(:empty)")
        counts = cells.evaluate_all(
            "all => all.filter((one) => one.className).map((one) => +one.textContent)"
        )
        assert sum(counts) == 9

        phones[2].get_by_role("button", name="Delete all of mine").click()
        phones[2].get_by_role("button", name="Delete all", exact=True).click()
        expect(phones[2].locator(".receipt")).to_contain_text("Deleted: 3 letters")
        expect(teacher.locator(".tiles li")).to_have_count(6)
        assert numbers(teacher)[:2] == [3, 6]

        teacher.get_by_role("button", name="Train on our letters").click()
        expect(teacher.get_by_role("button", name="Stop")).to_be_focused()
        expect(teacher.locator(".sent")).to_have_text(
            "Every phone now uses the network of the class.", timeout=120_000
        )
        expect(teacher.locator(".outcome")).to_contain_text("had not seen in training")
        assert site.classroom is not None
        assert site.classroom._model is not None
        (tmp_path / "class.safetensors").write_bytes(site.classroom._model.data)
        trained = load(tmp_path / "class.safetensors")
        assert not reads_as(teacher, trained)  # the teacher's page keeps its own
        for phone in phones:
            expect(phone.locator(".notice")).to_have_text("The network that your class trained answers now.")
            assert reads_as(phone, trained)
        give(phones[0], X)  # the next one is marked with the network that read it
        assert site.letters()[-1].model_digest == site.classroom._model.digest

        phones[1].reload()  # stays in the class, without another question
        expect(phones[1].locator(".notice")).to_contain_text("trained")
        give(phones[1], L)
        expect(teacher.locator(".tiles li")).to_have_count(8)

        teacher.goto(address(site, f"?again#class={token}"))  # the projector again, as it was
        pressed = teacher.get_by_role("button", name="Network of the class")
        expect(pressed).to_have_attribute("aria-pressed", "true")
        expect(teacher.locator(".tiles li")).to_have_count(8)

        teacher.get_by_role("button", name="End the lesson").click()
        with teacher.expect_download() as download:
            teacher.get_by_role("button", name="Export first").click()
        assert download.value.path().read_bytes() == EXPORT
        for phone in phones:
            expect(phone.get_by_role("heading", name="The class has ended.")).to_be_visible()
        deletes = site.classroom._delete_files

        def delete_slowly() -> None:
            time.sleep(1)  # a poll is answered before
            deletes()

        monkeypatch.setattr(site.classroom, "_delete_files", delete_slowly)
        teacher.get_by_role("button", name="Delete everything").click()
        expect(teacher.get_by_role("heading", name="The lesson has ended.")).to_be_focused()
        expect(teacher.get_by_text("Exported: 8 letters.")).to_be_visible()
        assert all(reads_as(phone, load(DEFAULT_MODEL)) for phone in phones)
        phones[0].get_by_role("button", name="Leave the class").click()
        expect(phones[0].get_by_role("link", name="Word")).to_be_visible()
        assert {text for text in group.complaints if "410" not in text} == set()  # the class is gone


def test_a_code_is_typed_and_a_wrong_one_is_refused(mapped: Browser, site: Site) -> None:
    code, token = classroom_of(site)
    with people(mapped) as group:
        phone = group.visit(address(site), **PHONE)
        phone.get_by_role("link", name="Join the class").click()
        typed = phone.get_by_label("Code of the class")
        typed.fill("AAAAAA")
        phone.keyboard.press("Enter")
        expect(phone.get_by_role("alert")).to_contain_text("not the code of the class")
        typed.fill(code.lower())
        phone.keyboard.press("Enter")
        dialog = phone.get_by_role("dialog")
        dialog.get_by_role("button", name="Not now").click()
        expect(phone.get_by_text("read the text and agree")).to_be_visible()
        assert site.letters() == []
        phone.get_by_role("button", name="Read the text").click()
        dialog.get_by_role("button", name="I agree").click()
        give(phone)
        phone.get_by_role("button", name="Leave the class").click()
        expect(phone.locator("html")).to_have_attribute("data-view", "draw")
        assert token not in phone.content()


def test_the_teachers_token_is_typed_once_and_not_kept(mapped: Browser, site: Site) -> None:
    _, token = classroom_of(site)
    with people(mapped) as group:
        teacher = group.visit(address(site))  # as somebody who knows the address alone
        teacher.get_by_role("link", name="Join the class").click()
        teacher.get_by_role("link", name="For the teacher").click()
        typed = teacher.get_by_label("Teacher's token")
        typed.fill("wrong")
        teacher.keyboard.press("Enter")
        expect(teacher.get_by_role("alert")).to_have_text("This token is wrong.")
        typed.fill(token)
        teacher.keyboard.press("Enter")
        teacher.locator(".board").wait_for()
        teacher.locator("#language").select_option("de")  # another mount of the view
        expect(teacher.get_by_role("button", name="Stunde beenden")).to_be_visible()
        stored = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])"
        assert token not in teacher.evaluate(stored)
        teacher.reload()
        expect(teacher.get_by_label("Token der Lehrkraft")).to_be_visible()


def test_letters_that_came_before_the_projector_are_shown(mapped: Browser, site: Site) -> None:
    """The state of the class brings the newest letters only."""
    with people(mapped) as group:
        phone = join(group, site)
        give(phone)
        teacher = teach(group, site)
        expect(teacher.locator(".tiles li")).to_have_count(1)
        train = teacher.get_by_role("button", name="Train on our letters")
        expect(train).to_have_attribute("aria-disabled", "true")
        expect(teacher.get_by_text("At least 5 letters of two kinds are needed.")).to_be_visible()


def post(url: str, body: object, **headers: str) -> Any:
    """Send JSON; a `_` in a header's name stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json", **named})
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


@pytest.mark.parametrize("width", [1280, 1024, 1920])
def test_the_projector_has_room_for_the_matrix_of_all_letters(
    mapped: Browser, site: Site, width: int
) -> None:
    member = post(f"{site.url}v1/class/join", {"code": classroom_of(site)[0]})
    for label in LETTERS:
        body = {"id": str(uuid4()), "strokes": L, "label": label, "consent": site.digest}
        post(f"{site.url}v1/contributions", body, Lenet_Contributor="k" * 32, Lenet_Class=member["session"])
    with people(mapped) as group:
        size = {"width": width, "height": 720}
        teacher = group.visit(address(site, f"#class={classroom_of(site)[1]}"), viewport=size)
        expect(teacher.locator(".confusions tbody tr")).to_have_count(len(LETTERS))
        hidden = "(one) => one.scrollWidth - one.clientWidth"
        assert teacher.locator(".confusions").evaluate(hidden) <= 0


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_the_code_is_large_enough_for_the_last_row(
    mapped: Browser, site: Site, width: int, height: int
) -> None:
    with people(mapped) as group:
        size = {"width": width, "height": height}
        teacher = group.visit(address(site, f"#class={classroom_of(site)[1]}"), viewport=size)
        box = teacher.locator(".invitation .qr").bounding_box()
        assert box is not None
        assert box["width"] == pytest.approx(box["height"])
        assert box["height"] >= 0.4 * height
        assert box["y"] + box["height"] < height  # without scrolling
        train = teacher.get_by_role("button", name="Train on our letters").bounding_box()
        assert train is not None
        assert train["y"] + train["height"] <= height


def test_a_server_that_is_away_loses_nothing(mapped: Browser, site: Site) -> None:
    with people(mapped) as group:
        phone = join(group, site)
        teacher = teach(group, site)
        phone.context.set_offline(True)
        draw(phone, T)
        phone.get_by_role("button", name="Give this letter").click()
        expect(phone.locator(".act .status")).to_contain_text("waits on this device")
        phone.context.set_offline(False)
        expect(teacher.locator(".tiles li")).to_have_count(1)
        teacher.context.set_offline(True)
        expect(teacher.get_by_role("alert").first).to_contain_text("connection to the server is lost")
        give(phone, L)
        teacher.context.set_offline(False)
        expect(teacher.locator(".tiles li")).to_have_count(2)
        expect(teacher.locator("#view > .problem")).to_be_hidden()


def test_an_address_that_phones_cannot_reach_is_asked_for(browser: Browser, site: Site) -> None:
    with people(browser) as group:
        page = group.visit(f"{site.url}#class={classroom_of(site)[1]}")
        port = urlsplit(site.url).port
        typed = page.get_by_label("Address of this computer on the network")
        assert page.locator(".invitation .qr").count() == 0  # nobody else reaches this address
        typed.fill("192.0.2.7")
        page.keyboard.press("Enter")
        expect(typed).to_be_hidden()
        expect(page.locator(".address")).to_have_text(f"192.0.2.7:{port}")
        expected = f"http://192.0.2.7:{port}/#join={classroom_of(site)[0]}"
        assert read_qr_code(modules(page, ".invitation")) == expected
