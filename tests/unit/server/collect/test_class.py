"""A class: joining by a code, the projector, the model that it trains, and its end."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from collecting_site import FAR, KEY, OTHER, OWNER, STROKES, MakeSite, Site

from asgi import Answer
from lenet.inference.recognizer import Recognizer
from lenet.models import DEFAULT_MODEL
from lenet.server.collect import class_codes
from lenet.server.collect.class_state import GALLERY, ClassState, thin
from lenet.server.collect.class_types import ClassSnapshot, Role
from lenet.server.collect.classroom import MAX_MODEL, Classroom
from lenet.server.collect.collecting import RateLimits
from lenet.server.collect.collector import Collector
from lenet.server.collect.paging import PART
from lenet.server.collect.prompts import Survey
from lenet.server.collect.types import Contribution

BAR = [[[0.0, 0.0], [0.0, 10.0]]]


@dataclass
class Lesson:
    """A site with a class."""

    site: Site
    classroom: Classroom

    @property
    def teacher(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.classroom.teacher_token}"}

    def join(self) -> dict[str, str]:
        answer = self.site.ask("POST", "/v1/class/join", {"code": self.classroom.join_code})
        assert answer.status == 200
        return {"Lenet_Class": answer.json()["session"]}

    def contribute(self, member: dict[str, str], key: str = KEY, **values: object) -> Answer:
        body = self.site.body(**values)
        return self.site.ask("POST", "/v1/contributions", body, Lenet_Contributor=key, **member)

    def state(self, member: dict[str, str], query: str = "") -> dict[str, object]:
        answer = self.site.ask("GET", f"/v1/class/state{query}", **member)
        assert answer.status == 200
        value: dict[str, object] = answer.json()
        return value


@pytest.fixture
def class_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "something").write_bytes(b"a letter")
    return folder


@pytest.fixture
def lesson(make_site: MakeSite, collector: Collector, recognizer: Recognizer, class_folder: Path) -> Lesson:
    classroom = Classroom("5b", collector, class_folder, export=lambda: b"the export")
    survey = Survey(classroom, recognizer)
    return Lesson(make_site(collector=classroom, classroom=classroom, survey=survey), classroom)


def test_phones_join_by_the_code(lesson: Lesson) -> None:
    code = lesson.classroom.join_code
    for typed in (code, code.lower(), f" {code[:3]}-{code[3:]} "):
        answer = lesson.site.ask("POST", "/v1/class/join", {"code": typed})
        assert answer.status == 200
        assert answer.json()["name"] == "5b"
        assert answer.json()["consent"] == lesson.site.digest
        assert len(answer.json()["session"]) == 48
    assert lesson.state(lesson.teacher)["pupils"] == 3


def test_codes_have_no_look_alikes_and_differ() -> None:
    codes = {class_codes.join_code() for _ in range(200)}
    assert len(codes) > 190
    for code in codes:
        assert len(code) == 6
        assert not set(code) & set("0O1IL2Z5S8BV")
    token = class_codes.teacher_token()
    assert len(token) == 29
    assert class_codes.normalized(token.lower()) == token.replace("-", "")


def test_only_the_class_makes_its_sessions() -> None:
    codes, other = class_codes.ClassCodes.random(), class_codes.ClassCodes.random()
    session = codes.new_session()
    assert codes.is_session(session)
    assert not other.is_session(session)
    for wrong in ("", session[:-1], session + "0", session[::-1], session.upper(), "0" * 48, "sch\xf6n"):
        assert not codes.is_session(wrong)


def test_a_class_goes_on_where_its_collector_was_killed(lesson: Lesson, class_folder: Path) -> None:
    pupil = lesson.join()
    ids = [lesson.contribute(pupil).json()["id"] for _ in range(PART + 1)]
    classroom = lesson.classroom
    again = Classroom("5b", classroom._collector, class_folder, export=bytes, codes=classroom._codes)

    async def restored() -> ClassSnapshot:
        await again.restore()
        assert await again.role(pupil["Lenet_Class"]) is Role.PUPIL
        assert await again.role(classroom.teacher_token) is Role.TEACHER
        return await again.state(0, 0, Role.TEACHER)

    state = lesson.site.client.run(restored())
    assert (state.count, [str(each.id) for each in state.newest]) == (PART + 1, ids)


def test_guessing_the_code_is_slowed_down_for_this_machine_too(lesson: Lesson) -> None:
    answers = [lesson.site.ask("POST", "/v1/class/join", {"code": f"AAAA{n:02d}"}) for n in range(11)]
    assert [answer.status for answer in answers] == [403] * 10 + [429]
    assert answers[0].code == "wrong-code"
    assert int(answers[-1].headers["retry-after"]) >= 1
    right = lesson.site.ask("POST", "/v1/class/join", {"code": lesson.classroom.join_code})
    assert right.status == 429  # the answer does not tell whether the guess was right


def test_joining_is_slowed_down(make_site: MakeSite, collector: Collector, class_folder: Path) -> None:
    classroom = Classroom("5b", collector, class_folder, export=bytes)
    site = make_site(FAR, collector=classroom, classroom=classroom)
    statuses = [site.ask("POST", "/v1/class/join", {"code": classroom.join_code}).status for _ in range(61)]
    assert statuses == [200] * 60 + [429]


@pytest.mark.parametrize("value", [{}, {"code": 7}, {"code": "x" * 33}, {"code": None}, []])
def test_odd_requests_to_join_are_refused(lesson: Lesson, value: object) -> None:
    assert lesson.site.ask("POST", "/v1/class/join", value).status == 422


def test_only_members_contribute(lesson: Lesson) -> None:
    answer = lesson.contribute({})
    assert (answer.status, answer.code) == (401, "no-session")
    for member in ({"Lenet_Class": "0" * 32}, {"Lenet_Class": ""}, {"Authorization": f"Bearer {OWNER}"}):
        answer = lesson.contribute(member)
        assert (answer.status, answer.code) == (403, "not-a-member")
    assert lesson.contribute(lesson.join()).status == 201
    assert lesson.contribute(lesson.teacher).status == 201


def test_the_projector_shows_letters_as_they_come(lesson: Lesson) -> None:
    pupil = lesson.join()
    start = lesson.state(lesson.teacher)
    assert (start["count"], start["reset"], start["newest"]) == (0, True, [])
    ids = [
        lesson.contribute(pupil).json()["id"],
        lesson.contribute(pupil, OTHER, label="l").json()["id"],
        lesson.contribute(pupil, OTHER, label="B").json()["id"],
    ]
    state = lesson.state(lesson.teacher, f"?since={start['version']}")
    assert (state["name"], state["count"], state["open"], state["model"]) == ("5b", 3, True, 0)
    assert state["reset"] is False
    newest = state["newest"]
    assert isinstance(newest, list)
    assert [each["id"] for each in newest] == ids
    assert newest[0]["strokes"] == STROKES
    assert state["confusion"] == [["B", "L", 1], ["L", "L", 2]]
    assert lesson.state(lesson.teacher, f"?since={state['version']}")["newest"] == []


def test_phones_see_numbers_and_no_drawings(lesson: Lesson) -> None:
    pupil = lesson.join()
    lesson.contribute(lesson.join(), OTHER)
    state = lesson.state(pupil)
    assert state["count"] == 1
    assert state["newest"] == state["removed"] == []
    assert "strokes" not in json.dumps(state)
    for method, path in (("GET", "letters"), ("PUT", "model"), ("POST", "end")):
        value = {"export": True} if method != "GET" else None
        answer = lesson.site.ask(method, f"/v1/class/{path}", value, **pupil)
        assert (answer.status, answer.code) == (403, "teacher-only")


def test_nobody_else_sees_anything(lesson: Lesson) -> None:
    for method, path in (
        ("GET", "state"),
        ("GET", "letters"),
        ("GET", "model"),
        ("PUT", "model"),
        ("POST", "end"),
    ):
        value = {"export": True} if method != "GET" else None
        assert lesson.site.ask(method, f"/v1/class/{path}", value).status == 401
        assert lesson.site.ask(method, f"/v1/class/{path}", value, Lenet_Class="x").status == 403
        for token in (lesson.classroom.join_code, lesson.classroom.teacher_token[:-1], "x"):
            answer = lesson.site.ask(method, f"/v1/class/{path}", value, Authorization=f"Bearer {token}")
            assert answer.status == 403


def test_a_withdrawal_takes_drawings_off_the_projector(lesson: Lesson) -> None:
    pupil = lesson.join()
    own = lesson.contribute(pupil).json()["id"]
    other = lesson.contribute(pupil, OTHER).json()["id"]
    before = lesson.state(lesson.teacher)
    receipt = lesson.site.ask("DELETE", "/v1/contributions/mine", Lenet_Contributor=KEY)
    assert receipt.json()["count"] == 1
    state = lesson.state(lesson.teacher, f"?since={before['version']}")
    assert (state["count"], state["removed"], state["confusion"]) == (1, [own], [["L", "L", 1]])
    again = lesson.state(lesson.teacher)
    assert (again["reset"], [each["id"] for each in again["newest"]]) == (True, [other])  # type: ignore[attr-defined]


def test_a_long_poll_ends_with_the_next_letter(lesson: Lesson) -> None:
    pupil = lesson.join()
    version = lesson.state(pupil)["version"]
    site = lesson.site

    async def poll_and_contribute() -> tuple[Answer, Answer]:
        poll = asyncio.create_task(
            site.client.asking("GET", f"/v1/class/state?since={version}&wait=20", **pupil)
        )
        for _ in range(20):
            await asyncio.sleep(0)
        assert not poll.done()
        sent = await site.client.asking(
            "POST", "/v1/contributions", site.body(), Lenet_Contributor=KEY, **pupil
        )
        return sent, await asyncio.wait_for(poll, 10)

    sent, polled = site.client.run(poll_and_contribute())
    assert sent.status == 201
    assert (polled.status, polled.json()["count"]) == (200, 1)


def test_a_long_poll_does_not_keep_a_server_from_stopping(lesson: Lesson) -> None:
    pupil = lesson.join()
    version = lesson.state(pupil)["version"]
    lesson.site.services.draining.start()
    assert lesson.state(pupil, f"?since={version}&wait=25")["version"] == version


@pytest.mark.parametrize("query", ["since=-1", "since=x", f"since={2**64}", "wait=26", "wait=nan", "wait=-1"])
def test_odd_polls_are_refused(lesson: Lesson, query: str) -> None:
    answer = lesson.site.ask("GET", f"/v1/class/state?{query}", **lesson.teacher)
    assert (answer.status, answer.code) == (422, "bad-query")


def test_the_teacher_gets_all_letters_for_training(lesson: Lesson) -> None:
    ids = [lesson.contribute(lesson.teacher, KEY if n else OTHER).json()["id"] for n in range(3)]
    first = lesson.site.ask("GET", "/v1/class/letters?limit=2", **lesson.teacher).json()
    rest = lesson.site.ask("GET", f"/v1/class/letters?after={first['next']}", **lesson.teacher).json()
    letters = [*first["letters"], *rest["letters"]]
    assert [each["id"] for each in letters] == ids
    assert [each["strokes"] for each in letters] == [STROKES] * 3
    assert letters[0]["contributor"] != letters[1]["contributor"] == letters[2]["contributor"]
    assert rest["next"] is None


# ---- The model ---------------------------------------------------------------------------------


def put_model(lesson: Lesson, data: bytes, member: dict[str, str] | None = None) -> Answer:
    return lesson.site.ask(
        "PUT", "/v1/class/model", data, Content_Type="application/octet-stream", **(member or lesson.teacher)
    )


def test_the_class_gets_the_model_that_it_trained(lesson: Lesson) -> None:
    pupil = lesson.join()
    none = lesson.site.ask("GET", "/v1/class/model", **pupil)
    assert (none.status, none.code) == (404, "no-model")
    data = DEFAULT_MODEL.read_bytes()
    answer = put_model(lesson, data)
    assert (answer.status, answer.json()) == (200, {"model": 1})
    assert lesson.state(pupil)["model"] == 1
    model = lesson.site.ask("GET", "/v1/class/model", **pupil)
    assert (model.status, model.body) == (200, data)
    assert model.headers["content-type"] == "application/octet-stream"
    assert model.headers["lenet-model"] == "1"
    same = lesson.site.ask("GET", "/v1/class/model", If_None_Match=model.headers["etag"], **pupil)
    assert (same.status, same.body) == (304, b"")
    assert put_model(lesson, data).json() == {"model": 2}


def test_what_is_not_a_model_is_refused(lesson: Lesson, class_folder: Path) -> None:
    data = DEFAULT_MODEL.read_bytes()
    for broken in (b"", b"x", data[:-1], data + b"x", b"\x80\x04pickle", data[:500]):
        answer = put_model(lesson, broken)
        assert (answer.status, answer.code) == (422, "bad-model")
        message = answer.json()["error"]["message"]
        assert message.startswith("model: ")
        assert str(class_folder) not in message
    assert lesson.state(lesson.teacher)["model"] == 0
    assert [path.name for path in class_folder.iterdir()] == ["something"]


def test_a_model_that_is_too_large_is_refused(lesson: Lesson) -> None:
    assert put_model(lesson, bytes(MAX_MODEL + 1)).status == 413


def test_pupils_cannot_put_a_model(lesson: Lesson) -> None:
    answer = put_model(lesson, DEFAULT_MODEL.read_bytes(), lesson.join())
    assert (answer.status, answer.code) == (403, "teacher-only")


def test_a_model_has_its_content_type(lesson: Lesson) -> None:
    assert lesson.site.ask("PUT", "/v1/class/model", {}, **lesson.teacher).status == 415


# ---- The end -----------------------------------------------------------------------------------


def test_the_class_ends_with_an_export(lesson: Lesson) -> None:
    pupil = lesson.join()
    lesson.contribute(pupil)
    for _ in range(2):  # the download may fail, and be asked for again
        answer = lesson.site.ask("POST", "/v1/class/end", {"export": True}, **lesson.teacher)
        assert (answer.status, answer.body) == (200, b"the export")
        assert answer.headers["content-disposition"].startswith("attachment")
    assert lesson.contribute(pupil).code == "class-ended"
    assert lesson.site.ask("POST", "/v1/class/join", {"code": lesson.classroom.join_code}).status == 410
    state = lesson.state(pupil)
    assert (state["open"], state["count"]) == (False, 1)
    assert lesson.site.ask("DELETE", "/v1/contributions/mine", Lenet_Contributor=KEY).json()["count"] == 1


def test_the_class_ends_with_the_deletion_of_everything(lesson: Lesson, class_folder: Path) -> None:
    pupil = lesson.join()
    lesson.contribute(pupil)
    put_model(lesson, DEFAULT_MODEL.read_bytes())
    answer = lesson.site.ask("POST", "/v1/class/end", {"export": False}, **lesson.teacher)
    assert (answer.status, answer.json()) == (200, {"deleted": True})
    assert list(class_folder.iterdir()) == []
    state = lesson.state(pupil)
    assert (state["open"], state["count"], state["model"]) == (False, 0, 0)
    assert state["confusion"] == []
    assert lesson.state(lesson.teacher)["newest"] == []
    assert lesson.site.ask("GET", "/v1/class/model", **pupil).status == 404
    for method, path in (
        ("GET", "/v1/class/letters"),
        ("GET", "/v1/contributions/mine"),
        ("GET", "/v1/next"),
    ):
        gone = lesson.site.ask(method, path, Lenet_Contributor=KEY, **lesson.teacher)
        assert (gone.status, gone.code) == (410, "class-ended")


def test_other_web_sites_cannot_act_in_a_class(lesson: Lesson) -> None:
    for method, path in (("POST", "join"), ("PUT", "model"), ("POST", "end")):
        value = {"code": lesson.classroom.join_code, "export": False}
        answer = lesson.site.ask(
            method, f"/v1/class/{path}", value, Origin="http://evil.example", **lesson.teacher
        )
        assert (answer.status, answer.code) == (403, "cross-origin")


# ---- The state by itself -----------------------------------------------------------------------


def item(label: str = "L", key: str = KEY, letter: str | None = "L", points: int = 2) -> Contribution:
    return Contribution(
        uuid4(),
        hashlib.sha256(key.encode()).digest(),
        [[(float(n), 0.0) for n in range(points)]],
        label,
        consent_digest="0" * 64,
        server_letter=letter,
    )


def test_the_gallery_is_bounded_and_the_counts_are_not() -> None:
    state = ClassState("5b")
    for number in range(GALLERY + 10):
        state.add(item(letter=None if number % 2 else "L", points=5000))
    snapshot = state.snapshot(0, Role.TEACHER)
    assert snapshot.count == GALLERY + 10
    assert len(snapshot.newest) == GALLERY
    assert sum(cell.number for cell in snapshot.confusion) == GALLERY + 10
    assert max(len(each.strokes[0]) for each in snapshot.newest) <= 401
    assert [drawing.version for drawing in snapshot.newest] == sorted(d.version for d in snapshot.newest)


def test_who_missed_withdrawals_begins_again() -> None:
    state = ClassState("5b")
    seen = state.snapshot(0, Role.TEACHER).version
    for number in range(1100):
        state.add(item(key=str(number)))
        state.remove(hashlib.sha256(str(number).encode()).digest())
    assert state.snapshot(seen, Role.TEACHER).reset
    recent = state.version - 100
    snapshot = state.snapshot(recent, Role.TEACHER)
    assert not snapshot.reset
    assert len(snapshot.removed) == 50
    assert state.snapshot(state.version + 1, Role.TEACHER).reset  # of an earlier server


def test_long_drawings_are_thinned_out_and_keep_their_ends() -> None:
    stroke = [(float(n), float(-n)) for n in range(100_000)]
    thinned = thin([stroke, stroke[:1]], 400)
    assert thinned[0][0] == stroke[0]
    assert thinned[0][-1] == stroke[-1]
    assert len(thinned[0]) <= 401
    assert thinned[1] == stroke[:1]
    assert thin([[], stroke[:3]], 400) == [stroke[:3]]
    assert len(thin([stroke[:1]] * 1000, 400)) == 400


def test_limits_of_members_do_not_depend_on_those_of_contributors() -> None:
    limits = RateLimits.per_minute(1)
    assert limits.joins.take("a") == 0
    assert limits.joins.take("a") == 0
