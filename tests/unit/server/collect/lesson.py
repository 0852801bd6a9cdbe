"""A lesson of the tests: a site with a class."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from collecting_site import KEY, MakeSite, Site

from asgi import Answer
from lenet.inference.recognizer import Recognizer
from lenet.server.collect.classroom import Classroom
from lenet.server.collect.collector import Collector
from lenet.server.collect.prompts import Survey


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

    def put_model(self, data: bytes, member: dict[str, str] | None = None) -> Answer:
        kind = "application/octet-stream"
        return self.site.ask("PUT", "/v1/class/model", data, Content_Type=kind, **(member or self.teacher))

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
