"""The log: one line a record, as text or JSON, without what clients and libraries put into messages."""

from __future__ import annotations

import io
import json
import logging
import re
import socket
import warnings
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from asgi import Caller
from lenet.inference.recognizer import model_path
from lenet.server import log
from lenet.server.answers import Answers, Draining
from lenet.server.app import App, make_app, make_services
from lenet.server.config import LogFormat, ServerConfig
from lenet.server.errors import ApiError
from lenet.server.page import Page
from lenet.server.run import start

NAMES = ("lenet.server", "lenet.access", "uvicorn", "uvicorn.error", "uvicorn.access", "py.warnings")


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    """Restore the loggers, which belong to the whole process."""
    loggers = [logging.getLogger(name) for name in NAMES]
    before = [(logger.handlers, logger.propagate, logger.level) for logger in loggers]
    yield
    logging.captureWarnings(False)
    for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def written(log_format: LogFormat | None) -> io.StringIO:
    stream = io.StringIO()
    log.configure(log_format, stream)
    return stream


def fail(message: str) -> None:
    try:
        try:
            raise KeyError(message)
        except KeyError as error:
            raise RuntimeError(message) from error
    except RuntimeError:
        logging.getLogger("lenet.server").exception("error in %s %s", "POST", "/v1/contributions")


def test_json_lines_are_objects() -> None:
    stream = written(LogFormat.JSON)
    log.log_answer("/v1/recognize", "POST", 200, 0.0012345)
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("time"))
    request = {"method": "POST", "route": "/v1/recognize", "status": 200, "milliseconds": 1.234}
    message = "POST /v1/recognize 200"
    assert first == {"level": "info", "logger": "lenet.access", "message": message, "request": request}
    assert (second["logger"], second["message"]) == ("uvicorn", "Started server process [7]")


def test_text_lines_are_short() -> None:
    stream = written(LogFormat.TEXT)
    log.log_answer("/v1/recognize", "POST", 200, 0.0012345)
    assert re.fullmatch(r"\S+Z info     POST /v1/recognize 200 1\.234 ms\n", stream.getvalue())


@pytest.mark.parametrize("log_format", [None, *LogFormat])
def test_an_exception_is_one_line_without_its_message(log_format: LogFormat | None) -> None:
    stream = written(log_format)
    fail("key 0123-4567\n[[1, 2]]")
    (line,) = stream.getvalue().splitlines()
    assert "0123" not in line
    assert "[[1" not in line
    assert "RuntimeError" in line
    assert "KeyError" in line
    assert "error in POST /v1/contributions" in line
    assert "test_log.py" in line


def test_only_errors_are_written_without_a_format() -> None:
    stream = written(None)
    log.log_answer("/", "GET", 200, 0.001)
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("log_format", [None, *LogFormat])
def test_uvicorns_own_lines_about_requests_are_not_written(
    log_format: LogFormat | None, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = written(log_format)
    logging.getLogger("uvicorn.access").critical('%s - "GET /?key=secret HTTP/1.1" 200', "192.0.2.1:80")
    assert (stream.getvalue(), *capsys.readouterr()) == ("", "", "")


@given(st.text(st.characters(exclude_categories=[])))  # surrogates too
def test_any_message_is_one_line(message: str) -> None:
    for log_format in LogFormat:
        stream = written(log_format)
        logging.getLogger("lenet.server").info("%s", message)
        assert len(stream.getvalue().encode().splitlines()) == 1
        assert stream.getvalue().isprintable() or stream.getvalue()[:-1].isprintable()


def test_configuring_again_writes_each_line_once() -> None:
    first, second = written(LogFormat.JSON), written(LogFormat.JSON)
    logging.getLogger("uvicorn.error").info("started")
    assert first.getvalue() == ""
    assert second.getvalue().count("started") == 1


@pytest.mark.filterwarnings("always")
@pytest.mark.parametrize("log_format", [None, *LogFormat])
def test_warnings_about_files_of_clients_are_not_written(
    log_format: LogFormat | None, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = written(log_format)
    warnings.warn("a file is old", UserWarning, stacklevel=1)
    assert (stream.getvalue(), *capsys.readouterr()) == ("", "", "")


def test_what_a_client_invents_is_not_logged() -> None:
    stream = written(LogFormat.JSON)
    services = make_services(ServerConfig(model=model_path(None)))
    caller = Caller(make_app(services.config, services))
    caller.ask("BREW" * 1000, "/v1/secret?key=secret", {"Authorization": "Bearer secret"})
    caller.get("/v2/models/secret")
    routes = [json.loads(line)["request"] for line in stream.getvalue().splitlines()]
    assert [(each["method"], each["route"]) for each in routes] == [
        ("other", "other"),
        ("GET", "/v2/models/{name}"),
    ]
    assert "secret" not in stream.getvalue()


@pytest.mark.parametrize("error", [ZeroDivisionError("secret"), ApiError(503, "busy", "secret")])
def test_an_error_in_the_middle_of_an_answer_is_one_line_and_ends_the_connection(error: Exception) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"begun"
        raise error

    async def endpoint(_: Request) -> StreamingResponse:
        return StreamingResponse(body())

    config = ServerConfig(model=model_path(), log_format=LogFormat.TEXT)
    answers = Answers(None, Draining())
    app = App(config, answers, Page({}, answers), [Route("/part", endpoint)])
    stream = written(config.log_format)
    with start(config, app) as running, socket.create_connection(("127.0.0.1", running.port), 5) as client:
        client.sendall(f"GET /part HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n\r\n".encode())
        received = b""
        while part := client.recv(4096):
            received += part
    assert received.startswith(b"HTTP/1.1 200")
    assert received.endswith(b"begun\r\n")  # and no last chunk: the client sees that it is not complete
    [line] = [line for line in stream.getvalue().splitlines() if " error " in line]
    assert "error in /part" in line
    assert type(error).__name__ in line
    assert "secret" not in line
