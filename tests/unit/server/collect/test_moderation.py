"""The owner's routes: pages of contributions by the owner's token only."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pytest
from collecting_site import KEY, OTHER, OWNER, MakeSite, Site

from lenet.server.collect.class_codes import ClassCodes
from lenet.server.collect.moderation import owner_token
from lenet.server.collect.settings import CollectConfig
from made import refusal

PATH = "/v1/moderation"
TOKEN = f"Bearer {OWNER}"


def test_contributions_are_paged_and_moderated(site: Site) -> None:
    ids = [site.contribute(KEY if number % 2 else OTHER).json()["id"] for number in range(5)]
    first = site.ask("GET", f"{PATH}?limit=3", Authorization=TOKEN).json()
    assert [each["id"] for each in first["contributions"]] == ids[:3]
    assert first["next"] == ids[2]
    rest = site.ask("GET", f"{PATH}?state=new&after={first['next']}&limit=3", Authorization=TOKEN).json()
    assert [each["id"] for each in rest["contributions"]] == ids[3:]
    assert rest["next"] is None
    pseudonyms = [each["contributor"] for each in (*first["contributions"], *rest["contributions"])]
    assert pseudonyms[0] == pseudonyms[2] != pseudonyms[1] == pseudonyms[3]
    assert KEY not in str(first)

    decision = {"ids": [ids[0], ids[4], str(uuid4())], "state": "accepted"}
    assert site.ask("POST", PATH, decision, Authorization=TOKEN).json() == {"count": 2}
    accepted = site.ask("GET", f"{PATH}?state=accepted", Authorization=TOKEN).json()["contributions"]
    assert [each["id"] for each in accepted] == [ids[0], ids[4]]
    assert len(site.ask("GET", PATH, Authorization=TOKEN).json()["contributions"]) == 3


def test_a_page_has_100_contributions(site: Site) -> None:
    for _ in range(101):
        assert site.contribute().status == 201
    page = site.ask("GET", PATH, Authorization=TOKEN).json()
    assert len(page["contributions"]) == 100
    assert page["next"] == page["contributions"][-1]["id"]


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (None, 401, "no-token"),
        ("Bearer", 401, "no-token"),
        (f"Basic {OWNER}", 401, "no-token"),
        (f"Bearer {OWNER}x", 403, "wrong-token"),
        (f"Bearer {OWNER[:-1]}", 403, "wrong-token"),
        ("Bearer sch\xf6n", 403, "wrong-token"),
        (f"Bearer {KEY}", 403, "wrong-token"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_else_sees_contributions(
    site: Site, method: str, header: str | None, status: int, code: str
) -> None:
    site.contribute()
    headers = {} if header is None else {"Authorization": header}
    value = {"ids": [str(uuid4())], "state": "accepted"} if method == "POST" else None
    answer = site.ask(method, PATH, value, Lenet_Contributor=KEY, **headers)
    assert (answer.status, answer.code) == (status, code)
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_a_token_in_the_address_is_not_one(site: Site) -> None:
    assert site.ask("GET", f"{PATH}?token={OWNER}").status == 401
    assert site.ask("GET", f"{PATH}?Authorization=Bearer+{OWNER}").status == 401


def test_without_an_owner_there_is_no_moderation(make_site: MakeSite) -> None:
    site = make_site(owner_token=None)
    assert site.ask("GET", PATH, Authorization="Bearer None").status == 404


@pytest.mark.parametrize(
    "query", ["state=withdrawn", "state=x", "limit=0", "limit=101", "limit=x", "after=1", "after=%ff"]
)
def test_odd_pages_are_refused(site: Site, query: str) -> None:
    answer = site.ask("GET", f"{PATH}?{query}", Authorization=TOKEN)
    assert (answer.status, answer.code) == (422, "bad-query")


@pytest.mark.parametrize(
    "value",
    [
        {"ids": [], "state": "new"},
        {"ids": [str(uuid4())] * 101, "state": "new"},
        {"ids": [str(uuid4())], "state": "withdrawn"},
        {"ids": ["x"], "state": "new"},
        {"ids": str(uuid4()), "state": "new"},
        {},
        [],
    ],
)
def test_odd_decisions_are_refused(site: Site, value: object) -> None:
    answer = site.ask("POST", PATH, value, Authorization=TOKEN)
    assert (answer.status, answer.code) == (422, "invalid")


def test_other_web_sites_cannot_moderate(site: Site) -> None:
    value = {"ids": [str(uuid4())], "state": "new"}
    answer = site.ask("POST", PATH, value, Authorization=TOKEN, Origin="http://evil.example")
    assert answer.status == 403


def test_the_token_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{OWNER}\n", encoding="utf-8")
    assert owner_token(path, {}) == OWNER
    assert owner_token(None, {"LENET_OWNER_TOKEN": OWNER}) == OWNER
    assert owner_token(path, {"LENET_OWNER_TOKEN": "another token of a length"}) == OWNER
    assert owner_token(None, {}) is None


def test_weak_tokens_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    for text in ("", "short", "with spaces in it to be long", "schön und lang genug", "\0" * 20):
        path.write_text(text, encoding="utf-8")
        assert refusal(owner_token, path, {}).startswith(f"{path}: the owner's token must have 16")
    assert "cannot be read" in refusal(owner_token, tmp_path / "none", {})
    assert refusal(owner_token, None, {"LENET_OWNER_TOKEN": ""}).startswith("LENET_OWNER_TOKEN: ")


@pytest.mark.skipif(os.name == "nt", reason="no such permissions")
def test_a_token_file_may_be_a_pipe_of_a_secret_manager(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, OWNER.encode())
    os.close(writing)
    try:
        assert owner_token(Path(f"/dev/fd/{reading}"), {}) == OWNER
    finally:
        os.close(reading)


def test_the_settings_as_text_have_no_secrets() -> None:
    config = CollectConfig(Path("c.md"), "postgresql://lenet:PASSWORD@host/letters", owner_token=OWNER)
    codes = ClassCodes.random()
    text = repr((config, codes))
    assert not [secret for secret in ("PASSWORD", OWNER, codes.join, codes.teacher) if secret in text]
