"""Helpers for notebooks: data, fetched or not, and the page in a frame."""

from __future__ import annotations

import gzip
import http.client
import re
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Request, Route

from lenet import notebook
from lenet.datasets import load
from lenet.inference.recognizer import model_path
from lenet.server.answers import POLICY
from made import F, L, idx_images, idx_labels, refusal


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No data anywhere, and no way to NIST."""
    monkeypatch.setenv("LENET_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LENET_SHARED", str(tmp_path / "shared"))
    monkeypatch.setattr(notebook, "EMNIST", str(tmp_path / "gzip.zip"))
    return tmp_path


def offer(path: Path) -> None:
    """A zip as NIST offers it, with few digits: their checksums nobody has published."""
    with zipfile.ZipFile(path, "w") as archive:
        mapping = "".join(f"{digit} {ord(str(digit))}\n" for digit in range(10))
        archive.writestr("gzip/emnist-digits-mapping.txt", mapping)
        for part, images in (("train", [F, L, F]), ("test", [L])):
            labels = idx_labels(np.arange(len(images)))
            for what, data in (
                ("images-idx3", idx_images(np.stack(images))),
                ("labels-idx1", labels),
            ):
                name = f"gzip/emnist-digits-{part}-{what}-ubyte.gz"
                archive.writestr(name, gzip.compress(data))


def test_emnist_is_fetched_once(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    offer(places / "gzip.zip")
    train, test = notebook.find_letters("emnist:digits")
    assert [len(load(spec)) for spec in (train, test)] == [3, 1]
    assert load(test).names == ("emnist-digits-test",)
    output = capsys.readouterr().out
    assert re.sub(r".*\r", "", output) == (  # what is overwritten is the bar of progress
        "Fetching emnist:digits from NIST ...\n"
        "To train on: emnist:digits:train. To measure on: emnist:digits:test.\n"
    )
    (places / "gzip.zip").unlink()
    assert notebook.find_letters("emnist:digits") == (train, test)
    assert "Fetching" not in capsys.readouterr().out


def test_without_emnist_glyphs_take_its_place_and_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert notebook.find_letters() == ("font-letters:train", "font-letters:test")
    output = capsys.readouterr().out
    assert "emnist:letters is not here and cannot be fetched (" in output
    assert "gzip.zip" in output, "the reason names the place"
    assert "This is not EMNIST." in output
    assert "To train on: font-letters:train. To measure on: font-letters:test." in output


def test_other_letters_are_parted(capsys: pytest.CaptureFixture[str]) -> None:
    train, test = (load(spec) for spec in notebook.find_letters("font-letters"))
    assert len(train) + len(test) == len(load("font-letters"))
    assert 3 < len(train) / len(test) < 5
    assert not {image.tobytes() for image in train.images} & {i.tobytes() for i in test.images}
    assert "EMNIST" not in capsys.readouterr().out


def test_a_split_that_does_not_exist_is_refused() -> None:
    assert "letter: not a split of EMNIST" in refusal(notebook.find_letters, "emnist:letter")


# ---- The page ------------------------------------------------------------------------------


def ask(port: int, host: str, path: str = "/") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path, headers={"Host": host})
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read()


@pytest.fixture
def colab(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """As if on Colab: the ports that it was asked to show in a frame, and the frames' heights."""
    asked: list[tuple[int, str]] = []
    output = ModuleType("google.colab.output")
    vars(output)["serve_kernel_port_as_iframe"] = lambda port, height: asked.append((port, height))
    for name in ("google", "google.colab"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    return asked


def test_elsewhere_the_address_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with notebook.draw("holzweber2021") as running:
        place = urlsplit(running.url).netloc
        assert f" {running.url} " in capsys.readouterr().out
        status, headers, model = ask(running.port, place, "/model.safetensors")
        assert (status, model) == (200, model_path("holzweber2021").read_bytes())
        assert headers["content-security-policy"] == POLICY
        assert ask(running.port, "8000-a.prod.colab.dev")[0] == 421
        running.shutdown()


def test_a_model_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    assert "none.safetensors" in refusal(notebook.draw, tmp_path / "none.safetensors")


def test_on_colab_the_page_is_shown_in_a_frame(
    colab: list[tuple[int, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with notebook.draw() as running:
        assert colab == [(running.port, "900")]
        assert capsys.readouterr().out == ""
        proxies = ("8000-m-s-1.us-east1-0.prod.colab.dev", "a-1-8000-colab.googleusercontent.com")
        for host in (*proxies, f"{proxies[0]}:443", f"localhost:{running.port}"):
            assert ask(running.port, host)[0] == 200
        for host in ("evil.example", "colab.dev.evil.example", "evilcolab.dev", "localhost", ""):
            assert ask(running.port, host)[0] == 421
        running.shutdown()


PROXY = "https://8000-m-s-1.us-east1-0.prod.colab.dev"


@pytest.mark.parametrize(
    ("outer", "is_shown"),
    [("https://colab.research.google.com", True), ("https://evil.example", False)],
)
def test_a_browser_shows_the_frame_on_colab_and_nowhere_else(
    colab: list[tuple[int, str]], context: BrowserContext, outer: str, is_shown: bool
) -> None:
    """The page in a frame in a frame, as Colab nests them; its requests come through a proxy."""
    inner = "https://x-0-colab.googleusercontent.com"
    pages = {outer: inner, inner: PROXY}

    def answer(route: Route, request: Request) -> None:
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(request.url))
        if origin in pages:
            frame = f"<!doctype html><iframe src='{pages[origin]}/'></iframe>"
            route.fulfill(body=frame, content_type="text/html")
            return
        place = urlsplit(request.url)
        status, headers, body = ask(running.port, place.netloc, place.path)
        route.fulfill(status=status, headers=headers, body=body)

    with notebook.draw() as running:
        context.route("**/*", answer)
        page = context.new_page()
        page.goto(outer)
        frame = page.frame_locator("iframe").frame_locator("iframe")
        if is_shown:
            frame.locator("html[data-state=ready]").wait_for(state="attached")
            assert frame.locator("canvas").first.is_visible()
        else:
            page.wait_for_load_state("networkidle")
            assert frame.locator("canvas").count() == 0
        running.shutdown()
