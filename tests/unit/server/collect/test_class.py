"""A class: joining by a code, the projector, the model that it trains, and its end."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from collecting_site import FAR, KEY, OTHER, OWNER, STROKES, MakeSite
from lesson import Lesson

from asgi import Answer
from lenet.models import DEFAULT_MODEL
from lenet.server.collect import class_codes
from lenet.server.collect.class_types import ClassSnapshot, Role
from lenet.server.collect.classroom import Classroom
from lenet.server.collect.collector import Collector
from lenet.server.collect.paging import PART

BAR = [[[0.0, 0.0], [0.0, 10.0]]]


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
    lesson.put_model(DEFAULT_MODEL.read_bytes())
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
