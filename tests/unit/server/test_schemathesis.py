"""Schemathesis sends valid and odd requests to every operation of the document: none may fail the server.

`tests/support/odd_requests.py` makes them from the document alone, and compares the answers with it.
"""

from __future__ import annotations

import pytest

from lenet.inference.recognizer import model_path
from lenet.server import app as server_app
from lenet.server import formats
from lenet.server.config import ServerConfig
from odd_requests import ASGI_HOST, send_requests


@pytest.mark.slow
def test_no_request_fails_the_server() -> None:
    config = ServerConfig(model=model_path(None), allowed_hosts=(ASGI_HOST,))
    app = server_app.make_app(config)
    assert send_requests(app) >= 12


@pytest.mark.slow
def test_a_server_that_fails_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracle itself: an operation that fails for some requests."""
    services = server_app.make_services(ServerConfig(model=model_path(None), allowed_hosts=(ASGI_HOST,)))
    app = server_app.make_app(services.config, services)
    monkeypatch.setattr(formats, "drawings_of", lambda _: 1 / 0)
    with pytest.raises(BaseException, match=r"Server error|500"):
        send_requests(app)
