"""The routes of contributors: what they store, what they refuse, and what they list."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from uuid import UUID

import pytest
from collecting_site import FAR, KEY, OTHER, STROKES, MakeSite, Site

from lenet.server.collect.paging import PART
from lenet.server.collect.rate_limits import RateLimits
from lenet.server.collect.types import CollectCode, CollectError, Contribution, StoredContribution
from lenet.server.recognition import LIGHT_POINTS

MINE = "/v1/contributions/mine"


def mine(site: Site, key: str = KEY) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = site.ask("GET", MINE, Lenet_Contributor=key).json()["contributions"]
    return listed


def test_the_consent_text_is_the_file(site: Site, consent_file: Path) -> None:
    answer = site.ask("GET", "/v1/consent")
    data = consent_file.read_bytes()
    assert answer.status == 200
    assert answer.json() == {"text": data.decode(), "digest": hashlib.sha256(data).hexdigest()}
    assert answer.headers["cache-control"] == "no-store"


def test_a_contribution_is_stored_once(site: Site) -> None:
    body = site.body(letter="L", verdict="letter", model="ab" * 32, page="0.1.0")
    first = site.ask("POST", "/v1/contributions", body, Lenet_Contributor=KEY)
    again = site.ask("POST", "/v1/contributions", body, Lenet_Contributor=KEY)
    assert (first.status, again.status) == (201, 200)
    assert first.json() == {"id": body["id"], "letter": "L", "verdict": "letter", "agrees": True}
    (stored,) = mine(site)
    hour = stored.pop("hour")
    assert isinstance(hour, int)
    assert abs(hour - time.time() / 3600) < 2
    assert stored == {
        **{"id": body["id"], "label": "L", "strokes": STROKES, "state": "new", "consent": site.digest},
        **{"letter": "L", "verdict": "letter", "model": "ab" * 32, "page": "0.1.0"},
        **{"server_letter": "L", "server_verdict": "letter", "agrees": True},
    }


def test_another_letter_under_the_same_id_is_a_conflict(site: Site) -> None:
    body = site.body()
    assert site.contribute(**body).status == 201
    changes: list[dict[str, object]] = [{"label": "l"}, {"strokes": STROKES[:1]}]
    for change in changes:
        answer = site.contribute(**{**body, **change})
        assert (answer.status, answer.code) == (409, "conflict")
    assert site.contribute(OTHER, **body).status == 409
    assert [each["label"] for each in mine(site)] == ["L"]


def test_a_claimed_answer_that_differs_is_marked(site: Site) -> None:
    claims: list[tuple[dict[str, object], bool]] = [
        ({"letter": "G", "verdict": "letter"}, False),
        ({"letter": "L", "verdict": "unsure"}, False),
        ({"letter": None, "verdict": "not-a-letter"}, False),
        ({"letter": "L"}, True),
        ({}, True),
    ]
    for claim, agrees in claims:
        answer = site.contribute(**claim)
        assert answer.status == 201
        assert answer.json()["agrees"] is agrees
    assert [each["agrees"] for each in mine(site)] == [agrees for _, agrees in claims]


def test_contributors_see_and_withdraw_their_own_only(site: Site) -> None:
    ids = [str(UUID(site.contribute().json()["id"])) for _ in range(3)]
    other = site.contribute(OTHER).json()["id"]
    assert [each["id"] for each in mine(site)] == ids
    receipt = site.ask("DELETE", MINE, Lenet_Contributor=KEY)
    assert receipt.status == 200
    digest = hashlib.sha256("".join(f"{id_}\n" for id_ in sorted(ids)).encode()).hexdigest()
    assert {**receipt.json(), "hour": 0} == {"count": 3, "hour": 0, "digest": digest}
    assert mine(site) == []
    assert [each["id"] for each in mine(site, OTHER)] == [other]
    assert site.ask("DELETE", "/v1/contributions", Lenet_Contributor=KEY).json()["count"] == 0
    assert site.contribute(id=ids[0]).status == 409  # the tombstone stays


def test_nothing_but_the_letter_is_stored(site: Site, tmp_path: Path) -> None:
    site.contribute()
    site.ask("POST", "/v1/contributions", site.body(), Lenet_Contributor=KEY, User_Agent="some browser 7.0")
    for path in tmp_path.glob("letters.db*"):
        data = path.read_bytes()
        for text in (KEY, "some browser", "127.0.0.1"):
            assert text.encode() not in data, path


@pytest.mark.parametrize("key", ["k" * 16, "k" * 128, "0123 4567 89ab cdef", "sch\xf6n und lang genug"])
def test_keys_of_16_to_128_printable_characters_are_taken(site: Site, key: str) -> None:
    assert site.contribute(key).status == 201
    assert len(mine(site, key)) == 1


@pytest.mark.parametrize("key", ["", "k" * 15, "k" * 129, "k" * 20 + "\x7f", "k" * 20 + "\xa0"])
def test_other_keys_are_refused(site: Site, key: str) -> None:
    answer = site.contribute(key)
    assert (answer.status, answer.code) == (422, "bad-key")


def test_a_key_is_needed(site: Site) -> None:
    for method, path in (("POST", "/v1/contributions"), ("GET", MINE), ("DELETE", MINE)):
        answer = site.ask(method, path, site.body())
        assert (answer.status, answer.code) == (401, "no-key")


# Fixed, since each process of a run must collect the same tests.
RANDOM = UUID("7d0c7a7e-6d0f-4c3b-9a55-0f3f6c1e2b84")


@pytest.mark.parametrize(
    "id_", [str(RANDOM).upper(), RANDOM.hex, str(UUID(int=0)), str(UUID(int=2**128 - 1))]
)
def test_any_uuid_is_taken(site: Site, id_: str) -> None:
    assert site.contribute(id=id_).status == 201
    assert mine(site)[0]["id"] == str(UUID(id_))


def test_a_contribution_is_answered_again_after_the_consent_text_has_changed(
    site: Site, consent_file: Path
) -> None:
    """The page sends once more what it got no answer to; the owner may have edited the text meanwhile."""
    stored = [site.body() for _ in range(20)]
    assert {site.ask("POST", "/v1/contributions", body, Lenet_Contributor=KEY).status for body in stored} == {
        201
    }
    consent_file.write_text("Another text of another length", encoding="utf-8")
    site.ask("GET", "/v1/consent")
    for body in (stored[0], stored[-1]):
        assert site.ask("POST", "/v1/contributions", body, Lenet_Contributor=KEY).status == 200
        stranger = site.ask("POST", "/v1/contributions", body, Lenet_Contributor="s" * 32)
        assert (stranger.status, stranger.code) == (409, "consent-changed")
        other = {**body, "label": "Q"}
        answer = site.ask("POST", "/v1/contributions", other, Lenet_Contributor=KEY)
        assert (answer.status, answer.code) == (409, "conflict")
    assert len(mine(site)) == len(stored)


def test_a_digest_may_have_capital_letters(site: Site) -> None:
    body = site.body(consent=site.digest.upper())
    assert site.ask("POST", "/v1/contributions", body, Lenet_Contributor=KEY).status == 201
    assert (
        site.ask("POST", "/v1/contributions", {**body, "consent": site.digest}, Lenet_Contributor=KEY).status
        == 200
    )
    assert mine(site)[0]["consent"] == site.digest


def test_a_changed_consent_text_must_be_read_again(site: Site, consent_file: Path) -> None:
    old = site.digest
    assert site.contribute().status == 201
    assert site.contribute(consent="0" * 64).code == "consent-changed"
    consent_file.write_text("Another text of another length", encoding="utf-8")
    new = site.ask("GET", "/v1/consent").json()["digest"]
    answer = site.contribute(consent=old)
    assert (answer.status, answer.code) == (409, "consent-changed")
    assert site.contribute(consent=new).status == 201


def test_nothing_is_stored_without_a_consent_text(site: Site, consent_file: Path) -> None:
    body = site.body()
    consent_file.unlink()
    answer = site.ask("POST", "/v1/contributions", body, Lenet_Contributor=KEY)
    assert (answer.status, answer.code) == (503, "no-consent")
    assert site.ask("GET", "/v1/consent").status == 503
    assert mine(site) == []


@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ({"label": "LL"}, 422, "invalid"),
        ({"label": "4"}, 422, "invalid"),
        ({"label": "\xc4"}, 422, "invalid"),
        ({"label": "L\n"}, 422, "invalid"),
        ({"label": ""}, 422, "invalid"),
        ({"label": None}, 422, "invalid"),
        ({"consent": "abc"}, 422, "invalid"),
        ({"id": "7"}, 422, "invalid"),
        ({"id": 7}, 422, "invalid"),
        ({"verdict": "sure"}, 422, "invalid"),
        ({"letter": "LL"}, 422, "invalid"),
        ({"model": "m" * 65}, 422, "invalid"),
        ({"page": "\n"}, 422, "invalid"),
        ({"strokes": []}, 422, "empty-drawing"),
        ({"strokes": [[]]}, 422, "empty-drawing"),
        ({"strokes": "L"}, 422, "invalid"),
        ({"strokes": [[[0, True]]]}, 422, "invalid"),
        ({"strokes": [[[0]]]}, 422, "unusable-drawing"),
        ({"strokes": [[[0, 0], [0, 0, 0]]]}, 422, "unusable-drawing"),
        ({"strokes": [[[0, 2e9]]]}, 422, "unusable-drawing"),
        ({"strokes": [[[0, 0]] * 100_001]}, 413, "too-many-points"),
        ({"strokes": [[]] * 20_001}, 413, "too-many-strokes"),
    ],
)
def test_what_cannot_be_used_is_refused(
    site: Site, values: dict[str, object], status: int, code: str
) -> None:
    answer = site.contribute(**values)
    assert (answer.status, answer.code) == (status, code)
    assert "\n" not in answer.json()["error"]["message"]
    assert mine(site) == []


def test_long_drawings_are_stored_whole(site: Site) -> None:
    bar = [[0.0, n / 100] for n in range(LIGHT_POINTS + 1)]
    assert site.contribute(strokes=[bar], label="l").status == 201
    assert mine(site)[0]["strokes"] == [bar]
    answer = site.contribute(strokes=[[*bar, [0, 2e9]]])
    assert (answer.status, answer.code) == (422, "unusable-drawing")


def test_a_time_with_each_point_is_not_stored(site: Site) -> None:
    timed = [[[x, y, 1e6] for x, y in stroke] for stroke in STROKES]
    assert site.contribute(strokes=timed).status == 201
    assert mine(site)[0]["strokes"] == STROKES


@pytest.mark.parametrize(("code", "status"), [(CollectCode.DISK_FULL, 507), (CollectCode.UNAVAILABLE, 503)])
def test_a_database_that_stores_nothing_is_told(
    site: Site, monkeypatch: pytest.MonkeyPatch, code: CollectCode, status: int
) -> None:
    async def contribute(item: Contribution) -> bool:
        raise CollectError("letters.db: cannot be used now; wait", code)

    monkeypatch.setattr(site.collecting.collector, "contribute", contribute)
    answer = site.contribute()
    assert (answer.status, answer.code) == (status, code)
    assert ("retry-after" in answer.headers) == (status == 503)


# ---- Other web sites ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8001"},
        {"Origin": "http://[x"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site", "Origin": "http://127.0.0.1:8000"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_other_web_sites_change_nothing(site: Site, method: str, headers: dict[str, str]) -> None:
    answer = site.ask(method, "/v1/contributions", site.body(), Lenet_Contributor=KEY, **headers)
    assert (answer.status, answer.code) == (403, "cross-origin")
    assert mine(site) == []


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://127.0.0.1:8000"}, {"Sec_Fetch_Site": "same-origin", "Origin": "http://x"}]
)
def test_the_own_page_contributes(site: Site, headers: dict[str, str]) -> None:
    answer = site.ask("POST", "/v1/contributions", site.body(), Lenet_Contributor=KEY, **headers)
    assert answer.status == 201


def test_no_answer_is_for_other_origins(site: Site) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = site.ask(method, MINE, Origin="http://evil.example", Lenet_Contributor=KEY)
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert "set-cookie" not in answer.headers
    assert site.ask("OPTIONS", MINE).status == 405


def test_a_form_cannot_contribute(site: Site) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = site.ask("POST", "/v1/contributions", site.body(), Lenet_Contributor=KEY, Content_Type=kind)
        assert (answer.status, answer.code) == (415, "unsupported-media-type")


# ---- Rate limits -------------------------------------------------------------------------------


def test_a_contributor_is_slowed_down(make_site: MakeSite) -> None:
    site = make_site(address=FAR, limits=RateLimits.per_minute(3))
    statuses = [site.contribute().status for _ in range(4)]
    assert statuses == [201, 201, 201, 429]
    answer = site.contribute()
    assert answer.code == "too-many"
    assert 1 <= int(answer.headers["retry-after"]) <= 20
    assert site.contribute(OTHER).status == 201


def test_an_address_is_slowed_down_whatever_its_keys(make_site: MakeSite) -> None:
    site = make_site(address=FAR, limits=RateLimits.per_minute(1))
    statuses = [site.contribute(f"key number {number:08d}").status for number in range(11)]
    assert statuses == [201] * 10 + [429]
    assert site.ask("GET", MINE, Lenet_Contributor=KEY).status == 429


def test_this_machine_is_not_slowed_down_unless_a_proxy_hides_others(make_site: MakeSite) -> None:
    site = make_site(limits=RateLimits.per_minute(1))
    assert {site.contribute().status for _ in range(12)} == {201}
    statuses = [
        site.ask(
            "POST", "/v1/contributions", site.body(), Lenet_Contributor=f"{KEY}{n}", X_Forwarded_For=FAR
        ).status
        for n in range(11)
    ]
    assert statuses == [201] * 10 + [429]


def test_long_lists_are_whole_and_in_order(site: Site) -> None:
    for number in (PART - 1, PART, PART + 1, 2 * PART):
        while len(ids := [each["id"] for each in mine(site)]) < number:
            site.contribute()
        assert len({*ids}) == number
    stored = site.client.run(site.collecting.collector.mine(hashlib.sha256(KEY.encode()).digest()))
    assert ids == [str(each.contribution.id) for each in stored]


def test_a_list_that_breaks_off_is_not_complete(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(PART):
        site.contribute()
    read = site.collecting.collector.mine

    async def mine_once(
        key_digest: bytes, after: UUID | None = None, limit: int | None = None
    ) -> list[StoredContribution]:
        if after is not None:
            raise CollectError("letters.db: cannot be used now; wait", CollectCode.UNAVAILABLE)
        return await read(key_digest, after, limit)

    monkeypatch.setattr(site.collecting.collector, "mine", mine_once)
    answer = site.ask("GET", MINE, Lenet_Contributor=KEY)
    with pytest.raises(ValueError, match="delimiter"):
        answer.json()
