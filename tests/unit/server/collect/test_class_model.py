"""The model that a class trains: how it comes and goes, and what it answers."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from collecting_site import STROKES
from lesson import Lesson

from lenet.models import DEFAULT_MODEL, load_model, save_model
from lenet.server.collect.classroom import MAX_MODEL


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A model that calls everything a Q."""
    path = tmp_path_factory.mktemp("trained") / "model.safetensors"
    model = load_model(DEFAULT_MODEL)
    parameters = np.zeros_like(model.parameters)
    parameters[model.labels.index("Q") - len(model.labels)] = 20  # the biases are last
    save_model(path, dataclasses.replace(model, parameters=parameters))
    return path.read_bytes()


def test_the_class_gets_the_model_that_it_trained(lesson: Lesson) -> None:
    pupil = lesson.join()
    none = lesson.site.ask("GET", "/v1/class/model", **pupil)
    assert (none.status, none.code) == (404, "no-model")
    data = DEFAULT_MODEL.read_bytes()
    answer = lesson.put_model(data)
    assert (answer.status, answer.json()) == (200, {"model": 1})
    assert lesson.state(pupil)["model"] == 1
    model = lesson.site.ask("GET", "/v1/class/model", **pupil)
    assert (model.status, model.body) == (200, data)
    assert model.headers["content-type"] == "application/octet-stream"
    assert model.headers["lenet-model"] == "1"
    same = lesson.site.ask("GET", "/v1/class/model", If_None_Match=model.headers["etag"], **pupil)
    assert (same.status, same.body) == (304, b"")
    assert lesson.put_model(data).json() == {"model": 2}


def test_what_is_not_a_model_is_refused(lesson: Lesson, class_folder: Path) -> None:
    data = DEFAULT_MODEL.read_bytes()
    for broken in (b"", b"x", data[:-1], data + b"x", b"\x80\x04pickle", data[:500]):
        answer = lesson.put_model(broken)
        assert (answer.status, answer.code) == (422, "bad-model")
        message = answer.json()["error"]["message"]
        assert message.startswith("model: ")
        assert str(class_folder) not in message
    assert lesson.state(lesson.teacher)["model"] == 0
    assert [path.name for path in class_folder.iterdir()] == ["something"]


def test_a_model_that_is_too_large_is_refused(lesson: Lesson) -> None:
    assert lesson.put_model(bytes(MAX_MODEL + 1)).status == 413


def test_pupils_cannot_put_a_model(lesson: Lesson) -> None:
    answer = lesson.put_model(DEFAULT_MODEL.read_bytes(), lesson.join())
    assert (answer.status, answer.code) == (403, "teacher-only")


def test_a_model_has_its_content_type(lesson: Lesson) -> None:
    assert lesson.site.ask("PUT", "/v1/class/model", {}, **lesson.teacher).status == 415


def test_the_server_answers_with_the_model_of_the_class(lesson: Lesson, trained: bytes) -> None:
    pupil = lesson.join()
    assert lesson.contribute(pupil).json()["letter"] == "L"
    assert lesson.put_model(trained).status == 200
    answer = lesson.contribute(pupil, letter="Q", verdict="letter").json()
    assert (answer["letter"], answer["agrees"]) == ("Q", True)
    assert lesson.state(lesson.teacher)["confusion"] == [["L", "L", 1], ["L", "Q", 1]]
    drawing = {"strokes": STROKES}
    assert lesson.site.ask("POST", "/v1/recognize", drawing).json()["letter"] == "Q"
    answers = lesson.site.ask("POST", "/v1/recognize", {"drawings": [drawing] * 20}).json()["answers"]
    assert [each["letter"] for each in answers] == ["Q"] * 20
    assert lesson.put_model(DEFAULT_MODEL.read_bytes()).json() == {"model": 2}
    assert lesson.site.ask("POST", "/v1/recognize", drawing).json()["letter"] == "L"
    lesson.put_model(trained)
    lesson.site.ask("POST", "/v1/class/end", {"export": False}, **lesson.teacher)
    assert lesson.site.ask("POST", "/v1/recognize", drawing).json()["letter"] == "L"
