"""Whatever is sent is stored or refused with a status below 500 and one sentence."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from collecting_site import KEY, OTHER, OWNER, STROKES, Site
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asgi import Answer

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
POST = "/v1/contributions"
MINE = "/v1/contributions/mine"

numbers = st.one_of(
    st.floats(), st.integers(-(10**30), 10**30), st.sampled_from([0, -0.0, 1e9, -1e9, 1.0000001e9, 5e-324])
)
points = st.lists(st.one_of(numbers, st.booleans(), st.none()), max_size=4)
strokes = st.lists(st.lists(points, max_size=4), max_size=4)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
ids = st.one_of(st.uuids(), st.just(UUID(int=1))).map(str)


@st.composite
def changed_bodies(draw: st.DrawFn, digest: str) -> dict[str, Any]:
    """A contribution with any value in some of its fields."""
    body: dict[str, Any] = {"id": draw(ids), "strokes": STROKES, "label": "L", "consent": digest}
    fields = ["id", "strokes", "label", "consent", "letter", "verdict", "model", "page", "other"]
    for name in draw(st.lists(st.sampled_from(fields), max_size=3)):
        body[name] = draw(strokes if name == "strokes" and draw(st.booleans()) else values)
    for name in draw(st.lists(st.sampled_from(fields), max_size=1)):
        body.pop(name, None)
    return body


def check(answer: Answer) -> None:
    """A refusal has a code and one line."""
    assert answer.status < 500, answer
    if answer.status >= 400:
        error = answer.json()["error"]
        assert error["code"]
        assert error["message"]
        assert "\n" not in error["message"]


def count(site: Site, key: str = KEY) -> int:
    return len(site.ask("GET", MINE, Lenet_Contributor=key).json()["contributions"])


@FEW
@given(data=st.data())
def test_a_changed_contribution_is_stored_or_refused(site: Site, data: st.DataObject) -> None:
    body = json.dumps(
        data.draw(changed_bodies(site.digest))
    ).encode()  # NaN and Infinity as Python writes them
    before = count(site)
    answer = site.ask("POST", POST, body, Lenet_Contributor=KEY)
    check(answer)
    assert count(site) - before == (answer.status == 201)


@FEW
@given(body=st.one_of(st.binary(max_size=200), values.map(json.dumps).map(str.encode)))
@pytest.mark.parametrize(("method", "path"), [("POST", POST), ("POST", "/v1/moderation"), ("DELETE", MINE)])
def test_any_bytes_are_refused(site: Site, method: str, path: str, body: bytes) -> None:
    answer = site.ask(method, path, body, Lenet_Contributor=KEY, Authorization=f"Bearer {OWNER}")
    check(answer)
    assert (answer.status == 200) == (method == "DELETE")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff\xfe", 400),
        (b"\xef\xbb\xbf{}", 400),
        (b"{", 400),
        (b"NaN", 400),
        (b'{"other":' * 50_000 + b"1" + b"}" * 50_000, 400),
        (b'{"\\ud800": 1}', 400),
        (b"[" * 100_000, 422),
        (b"[]", 422),
        (b"null", 422),
        (b'"text"', 422),
        (b"{}", 422),
    ],
    ids=range(12),
)
def test_other_bodies_are_refused(site: Site, body: bytes, status: int) -> None:
    answer = site.ask("POST", POST, body, Lenet_Contributor=KEY)
    check(answer)
    assert answer.status == status


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("strokes", b"[" * 100_000, 422),
        ("strokes", b"[[[NaN, 0]]]", 400),
        ("strokes", b"[[[Infinity, 0]]]", 400),
        ("strokes", b"[[[1e400, 0]]]", 422),
        ("strokes", b"[[[-1e400, 0]]]", 422),
        ("strokes", b"[[[" + b"9" * 100_000 + b", 0]]]", 422),
        ("label", b'"\\ud800"', 400),
        ("page", b'"\\udc00"', 400),
        ("page", b'"\xed\xa0\x80"', 400),
        ("page", b'"\\u0000"', 422),
        ("other", b"[" * 100_000, 400),
    ],
    ids=range(11),
)
def test_odd_values_are_refused(site: Site, field: str, value: bytes, status: int) -> None:
    whole = json.dumps(site.body(**{field: "PLACE"})).encode()
    answer = site.ask("POST", POST, whole.replace(b'"PLACE"', value), Lenet_Contributor=KEY)
    check(answer)
    assert answer.status == status
    assert count(site) == 0


def test_a_body_without_an_end_is_refused(site: Site) -> None:
    answer = site.ask("POST", POST, bytes(9 * 2**20), Lenet_Contributor=KEY)
    assert answer.status == 413


@FEW
@given(
    key=st.text(st.characters(max_codepoint=255), max_size=140),
    token=st.text(st.characters(max_codepoint=255), max_size=40),
)
def test_any_key_and_token_is_taken_or_refused(site: Site, key: str, token: str) -> None:
    for answer in (
        site.ask("GET", MINE, Lenet_Contributor=key),
        site.ask("GET", "/v1/moderation", Authorization=token),
        site.ask("GET", "/v1/moderation", Authorization=f"Bearer {token}"),
        site.ask("DELETE", MINE, Lenet_Contributor=key, Origin=token),
    ):
        check(answer)
        if answer.status == 200:
            assert not answer.json().get("contributions")


@FEW
@given(steps=st.lists(st.tuples(st.sampled_from([KEY, OTHER]), st.integers(0, 3), st.sampled_from("AB"))))
def test_an_id_belongs_to_the_first_letter_that_used_it(
    site: Site, steps: list[tuple[str, int, str]]
) -> None:
    ids_ = [str(uuid4()) for _ in range(4)]
    stored: dict[str, tuple[str, str]] = {}
    for key, number, label in steps:
        id_ = ids_[number]
        answer = site.contribute(key, id=id_, label=label)
        if id_ not in stored:
            stored[id_] = (key, label)
            assert answer.status == 201
        else:
            assert answer.status == (200 if stored[id_] == (key, label) else 409)
    for key in (KEY, OTHER):
        listed = site.ask("GET", MINE, Lenet_Contributor=key).json()["contributions"]
        own = {each["id"]: each["label"] for each in listed if each["id"] in ids_}
        assert own == {id_: label for id_, (owner, label) in stored.items() if owner == key}
