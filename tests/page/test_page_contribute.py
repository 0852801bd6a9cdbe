"""Contributing: consent, prompts, letters that wait, one's own letters, and the owner's review."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from browser import new_context, new_page, wait_for
from collecting import OWNER, Site, collecting
from drawing import L, T, draw, strokes_on
from lenet.server.collect.types import Contribution, State
from qr_code import modules, read_qr_code

GIVE = "Contribute this letter"
KEY = "document.querySelector('.digits').textContent.replaceAll(' ', '')"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with collecting(tmp_path) as running:
        yield running


@pytest.fixture
def visitor(context: BrowserContext, site: Site) -> Page:
    return visit(context, site)


def visit(context: BrowserContext, site: Site, fragment: str = "") -> Page:
    page = context.new_page()
    page.goto(site.url + fragment)
    wait_for(page, "ready")
    page.locator("#offer .sets").wait_for(state="attached")
    return page


def agree(page: Page) -> None:
    page.get_by_role("dialog").get_by_role("button", name="I agree").click()


def contribute(page: Page) -> None:
    """Contribute the drawing for the first time."""
    page.get_by_role("button", name=GIVE).click()
    agree(page)
    expect(page.locator("#offer [role=status]")).to_contain_text("Thank you")


def open_view(page: Page) -> None:
    page.get_by_role("link", name="Give a few letters").click()
    page.locator(".wanted").wait_for()


def give(page: Page) -> str:
    """Draw and give the letter that is asked for; return it."""
    letter = page.locator(".ask .letter").inner_text()
    draw(page, T)
    page.get_by_role("button", name="Give this letter").click()
    expect(page.locator(".act .status")).to_have_text(f"Thank you. The {letter} was contributed.")
    return letter


def test_a_page_of_another_host_offers_nothing(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    base = page.url.split("#")[0]
    for view in ("contribute", "moderate", "join", "class"):
        page.goto(f"{base}?{view}#view={view}")
        wait_for(page, "ready")
        expect(page.locator("html")).to_have_attribute("data-view", "draw")
    draw(page, T)
    expect(page.locator("#privacy")).to_have_text("Everything runs on your device. Nothing is uploaded.")
    assert page.locator("#offer").count() == 0
    assert not [url for url in asked if "/v1/" in url or "served" in url]


def test_nothing_is_sent_before_the_text_is_agreed_to(visitor: Page, site: Site) -> None:
    expect(visitor.locator("#privacy")).to_contain_text("Only letters that you contribute are uploaded")
    button = visitor.get_by_role("button", name=GIVE)
    expect(button).to_have_attribute("aria-disabled", "true")
    draw(visitor, T)
    button.click()
    dialog = visitor.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Before you contribute")).to_be_focused()
    expect(dialog.locator("strong")).to_have_text("Museum of Writing")
    expect(dialog.get_by_role("link", name="CC0")).to_have_attribute("rel", "noopener noreferrer")
    expect(dialog).to_contain_text("<script>")  # as text
    assert "hacked" not in visitor.title()
    dialog.get_by_role("button", name="Not now").click()
    expect(visitor.locator("#offer [role=status]")).to_have_text("Nothing was sent.")
    expect(button).to_be_focused()
    assert site.letters() == []
    assert visitor.evaluate("indexedDB.databases().then((all) => all.map(({ name }) => name))") == [
        "lenet",
        "lenet contributions",
    ]
    button.click()
    visitor.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert site.letters() == []


def test_a_drawing_is_stored_as_it_was_drawn_and_read(visitor: Page, site: Site) -> None:
    draw(visitor, T)
    contribute(visitor)
    [stored] = site.letters()
    assert stored.strokes == [
        [(round(x, 5), round(y, 5)) for x, y, *_ in stroke] for stroke in strokes_on(visitor)
    ]
    assert (stored.label, stored.browser_letter, stored.browser_verdict) == ("T", "T", "letter")
    assert stored.agrees
    assert stored.consent_digest == site.digest
    assert stored.page_version.startswith("index-")
    model = visitor.request.get(f"{site.url}model.safetensors").body()
    assert stored.model_digest == hashlib.sha256(model).hexdigest()
    assert stored.id.version == 7
    button = visitor.get_by_role("button", name=GIVE)
    expect(button).to_have_attribute("aria-disabled", "true")  # until something else is drawn
    visitor.keyboard.press("Escape")
    draw(visitor, L)
    button.click()  # without another question
    expect(visitor.locator("#offer [role=status]")).to_have_text("Thank you. The L was contributed.")
    assert [each.label for each in site.letters()] == ["T", "L"]


def test_a_correction_is_the_label(visitor: Page, site: Site) -> None:
    draw(visitor, T)
    label = visitor.get_by_label("The letter that you meant")
    expect(label).to_have_value("T")
    label.select_option("J")
    contribute(visitor)
    [stored] = site.letters()
    assert (stored.label, stored.browser_letter) == ("J", "T")
    visitor.keyboard.press("Escape")
    draw(visitor, L)
    expect(label).to_have_value("L")


def test_letters_are_asked_for_and_given_by_keyboard(visitor: Page, site: Site) -> None:
    draw(visitor, T)
    open_view(visitor)
    expect(visitor.locator("#view h2")).to_be_focused()
    assert strokes_on(visitor) == []  # the drawing is not the letter that is asked for
    first = visitor.locator(".ask .letter").inner_text()
    visitor.locator("#pad").focus()
    for keys in (" ", *["ArrowDown"] * 12, *["ArrowRight"] * 8, " ", "Enter"):
        visitor.keyboard.press(keys)
    agree(visitor)
    expect(visitor.locator(".act .status")).to_have_text(f"Thank you. The {first} was contributed.")
    second = give(visitor)
    visitor.get_by_role("button", name="Skip").click()
    expect(visitor.locator(".ask .letter")).not_to_have_text(second)
    assert [each.label for each in site.letters()] == [first, second]
    expect(visitor.locator(".drawings li")).to_have_count(2)
    expect(visitor.get_by_role("heading", name="My contributions (2 letters)")).to_be_visible()
    visitor.locator("#pad").press("Enter")  # an empty pad
    expect(visitor.locator(".act .status")).to_have_text("Draw a letter first.")
    assert len(site.letters()) == 2


def test_all_of_mine_are_seen_and_deleted_with_a_receipt(browser: Browser, visitor: Page, site: Site) -> None:
    draw(visitor, T)
    contribute(visitor)
    open_view(visitor)
    give(visitor)
    key = visitor.evaluate(KEY)
    assert read_qr_code(modules(visitor, ".own-code")) == f"{site.url}#key={key}"
    ids = [each.id for each in site.letters()]
    assert {each.key_digest for each in site.letters()} == {hashlib.sha256(key.encode()).digest()}
    with new_context(browser) as other_context:
        other = visit(other_context, site, f"#key={key}")  # as the QR code has it
        expect(other.locator(".drawings li")).to_have_count(2)
        assert key not in other.url
        other.get_by_role("button", name="Delete all of mine").click()
        dialog = other.get_by_role("dialog")
        expect(dialog).to_contain_text("2 letters")
        expect(dialog.get_by_role("button", name="Keep them")).to_be_focused()
        other.keyboard.press("Escape")
        assert len(site.letters()) == 2
        other.get_by_role("button", name="Delete all of mine").click()
        dialog.get_by_role("button", name="Delete all").click()
        expect(other.locator(".receipt strong")).to_contain_text("Deleted: 2 letters")
        digest = hashlib.sha256("".join(f"{one}\n" for one in sorted(map(str, ids))).encode()).hexdigest()
        expect(other.locator(".digest code")).to_have_text(digest)
        with other.expect_download() as download:
            other.get_by_role("button", name="Save the receipt").click()
        assert digest in download.value.path().read_text(encoding="utf-8")
    assert site.letters() == []


def test_a_typed_code_is_checked(visitor: Page) -> None:
    open_view(visitor)
    visitor.get_by_text("I have another code").click()
    field = visitor.get_by_label("Code", exact=True)
    field.fill("1234")
    visitor.get_by_role("button", name="Use this code").click()
    expect(visitor.locator("#wrong-code")).to_contain_text("32 characters")
    expect(field).to_be_focused()
    field.fill("0123 4567 89ab cdef 0123 4567 89AB CDEF")
    visitor.keyboard.press("Enter")
    visitor.get_by_text("Your code").click()
    assert visitor.evaluate(KEY) == "0123456789abcdef" * 2


def test_an_address_replaces_a_key_only_if_the_person_says_so(visitor: Page, site: Site) -> None:
    draw(visitor, T)
    contribute(visitor)
    visitor.evaluate("location.hash = 'key=' + '0123456789abcdef'.repeat(2)")
    dialog = visitor.get_by_role("dialog")
    dialog.get_by_role("button", name="Keep them").click()
    expect(visitor.locator(".drawings li")).to_have_count(1)
    assert visitor.evaluate(KEY) != "0123456789abcdef" * 2


def test_an_unsent_letter_waits_and_is_stored_once(
    context: BrowserContext, visitor: Page, site: Site
) -> None:
    draw(visitor, T)
    contribute(visitor)
    open_view(visitor)
    sent: list[str] = []

    def lose_the_answer(route: Route) -> None:
        sent.append(json.loads(route.request.post_data or "")["id"])
        route.fetch()
        route.abort()

    context.route("**/v1/contributions", lose_the_answer)
    draw(visitor, T)
    visitor.get_by_role("button", name="Give this letter").click()
    expect(visitor.locator(".act .status")).to_contain_text("waits on this device")
    assert len(site.letters()) == 2  # the server has it, and the page does not know
    context.unroute("**/v1/contributions")
    context.set_offline(True)
    draw(visitor, L)
    visitor.get_by_role("button", name="Give this letter").click()
    expect(visitor.locator(".act .status")).to_contain_text("2 letters wait on this device")
    visitor.close()
    context.set_offline(False)
    with context.expect_event("requestfinished", lambda request: request.url.endswith("/v1/contributions")):
        again = visit(context, site)  # the next visit sends them
    open_view(again)
    expect(again.locator(".drawings li")).to_have_count(3)
    expect(again.locator(".mine .quiet").filter(has_text="wait")).to_be_hidden()
    letters = site.letters()
    assert len(letters) == 3
    assert UUID(sent[0]) == letters[1].id


def test_another_text_is_asked_about_again(visitor: Page, site: Site) -> None:
    draw(visitor, T)
    contribute(visitor)
    site.consent.write_text("# Other words\n", encoding="utf-8")
    before = site.digest
    visitor.wait_for_timeout(1100)  # the server looks at the file once a second
    visitor.keyboard.press("Escape")
    draw(visitor, L)
    visitor.get_by_role("button", name=GIVE).click()
    dialog = visitor.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="The text has changed")).to_be_focused()
    expect(dialog).to_contain_text("only once you agree again")
    expect(dialog).to_contain_text("Other words")
    dialog.get_by_role("button", name="Not now").click()
    expect(visitor.locator("#offer [role=status]")).to_have_text("Nothing was sent.")
    assert len(site.letters()) == 1
    visitor.get_by_role("button", name=GIVE).click()
    agree(visitor)  # the letter is sent without another click
    expect(visitor.locator("#offer [role=status]")).to_contain_text("Thank you")
    assert [each.consent_digest == before for each in site.letters()] == [False, True]


def change_the_text(page: Page, site: Site) -> None:
    site.consent.write_text("# Other words\n", encoding="utf-8")
    page.wait_for_timeout(1100)  # the server looks at the file once a second


def test_letters_that_waited_are_sent_once_the_changed_text_is_agreed_to(
    context: BrowserContext, visitor: Page, site: Site
) -> None:
    draw(visitor, T)
    contribute(visitor)
    open_view(visitor)
    context.set_offline(True)
    draw(visitor, L)
    visitor.get_by_role("button", name="Give this letter").click()
    expect(visitor.locator(".act .status")).to_contain_text("waits on this device")
    change_the_text(visitor, site)
    visitor.close()
    context.set_offline(False)
    again = visit(context, site)
    open_view(again)
    expect(again.locator(".mine")).to_contain_text("They wait until you agree to the changed text.")
    assert len(site.letters()) == 1
    again.get_by_role("button", name="Read the text").click()
    expect(again.get_by_role("dialog")).to_contain_text("Other words")
    agree(again)
    expect(again.locator(".drawings li")).to_have_count(2)
    expect(again.get_by_role("button", name="Read the text")).to_be_hidden()
    assert {each.consent_digest == site.digest for each in site.letters()} == {False, True}


def test_an_error_is_told_by_its_code(visitor: Page, site: Site) -> None:
    site.consent.unlink()
    visitor.wait_for_timeout(1100)
    draw(visitor, T)
    visitor.get_by_role("button", name=GIVE).click()
    status = visitor.locator("#offer [role=status]")
    expect(status).to_contain_text("text is missing on the server.")
    visitor.locator("#language").select_option("de")
    expect(visitor.get_by_role("button", name="Buchstaben spenden", exact=True)).to_be_visible()
    visitor.get_by_role("button", name="Buchstaben spenden", exact=True).click()
    expect(status).to_contain_text("Der Text des Betreibers fehlt auf dem Server.")


def test_a_deletion_that_the_server_did_not_do_says_so(
    context: BrowserContext, visitor: Page, site: Site
) -> None:
    draw(visitor, T)
    contribute(visitor)
    open_view(visitor)
    expect(visitor.locator(".drawings li")).to_have_count(1)
    context.set_offline(True)
    draw(visitor, L)
    visitor.get_by_role("button", name="Give this letter").click()
    expect(visitor.locator(".mine")).to_contain_text("still wait on this device")
    visitor.get_by_role("button", name="Delete all of mine").click()
    visitor.get_by_role("button", name="Delete all", exact=True).click()
    problem = visitor.locator(".mine > .problem")
    expect(problem).to_contain_text("your letters are still there. The server cannot be reached.")
    expect(problem).to_contain_text("Deleted on this device: 1 letter")
    expect(visitor.locator(".drawings li")).to_have_count(1)
    assert len(site.letters()) == 1
    context.set_offline(False)
    visitor.get_by_role("button", name="Try to delete again").click()
    expect(visitor.locator(".receipt strong")).to_contain_text("Deleted: 1 letter,")
    expect(problem).to_be_hidden()
    expect(visitor.locator(".drawings li")).to_have_count(0)
    assert site.letters() == []


def test_without_storage_the_code_is_shown_to_be_kept(browser: Browser, site: Site) -> None:
    page = new_page(browser)
    page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    page.goto(site.url)
    wait_for(page, "ready")
    draw(page, T)
    contribute(page)
    open_view(page)
    expect(page.locator(".own-code .problem")).to_contain_text("keep the code")
    expect(page.locator(".drawings li")).to_have_count(1)
    page.close()


# ---- The owner -------------------------------------------------------------------------------------


def filled(site: Site, count: int) -> list[UUID]:
    """Store drawings of L, every fifth with another label; return their ids."""
    ids = [uuid4() for _ in range(count)]
    for i, each in enumerate(ids):
        strokes = [[(0.0, 0.0), (0.0, 10.0 + i / count), (6.0, 10.0)]]
        label, key = "L" if i % 5 else "Q", bytes([i % 7] * 32)
        site.add(Contribution(each, key, strokes, label, consent_digest=site.digest, server_letter="L"))
    return ids


def open_review(page: Page) -> None:
    page.get_by_label("Owner's token").fill(OWNER)
    page.keyboard.press("Enter")
    page.locator(".moderation li").first.wait_for()


def test_the_owner_reviews_by_keyboard(context: BrowserContext, site: Site) -> None:
    ids = filled(site, 110)
    page = visit(context, site, "#view=moderate")
    page.get_by_label("Owner's token").fill("a wrong token 123")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This token is wrong.")
    open_review(page)
    options = page.locator(".moderation").get_by_role("option")
    expect(options).to_have_count(100)
    expect(options.nth(0)).to_have_accessible_name("Q , read as L")
    expect(options.nth(1)).to_have_accessible_name("L")
    expect(options.nth(0)).to_be_focused()
    page.keyboard.press("r")  # what has the focus, without a selection
    expect(options).to_have_count(99)
    expect(options.nth(0)).to_be_focused()
    page.keyboard.press(" ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    expect(page.get_by_text("2 of 99 selected")).to_be_visible()
    page.keyboard.press("a")
    expect(options).to_have_count(97)
    assert [each.id for each in site.letters(State.ACCEPTED)] == [ids[1], ids[3]]
    page.keyboard.press("z")
    expect(options).to_have_count(100)
    assert site.letters(State.ACCEPTED) == []
    assert [each.id for each in site.letters(State.REJECTED)] == [ids[0]]
    page.keyboard.press("ArrowDown")
    top, below = (
        options.nth(0).bounding_box(),
        page.locator(".moderation li:focus").bounding_box(),
    )
    assert top is not None
    assert below is not None
    assert (below["x"], below["y"] > top["y"]) == (top["x"], True)
    page.keyboard.press("Control+a")
    page.keyboard.press("a")
    expect(options).to_have_count(9)  # the next page
    assert len(site.letters(State.ACCEPTED)) == 100
    page.get_by_label("Show").select_option("rejected")
    expect(options).to_have_count(1)
    page.reload()  # the token is in memory only
    expect(page.get_by_label("Owner's token")).to_be_visible()
    stored = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])"
    assert OWNER not in page.evaluate(stored)


def test_the_owner_reviews_by_pointer(context: BrowserContext, site: Site) -> None:
    filled(site, 12)
    page = visit(context, site, f"#moderate={OWNER}")
    assert OWNER not in page.url
    options = page.locator(".moderation").get_by_role("option")
    expect(options).to_have_count(12)
    options.nth(2).click()
    options.nth(5).click(modifiers=["Shift"])
    expect(page.get_by_text("4 of 12 selected")).to_be_visible()
    page.get_by_role("button", name="Reject").click()
    expect(options).to_have_count(8)
    page.get_by_role("button", name="Select all").click()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("There is nothing to review.")).to_be_visible()
    assert [len(site.letters(state)) for state in (State.ACCEPTED, State.REJECTED)] == [8, 4]
