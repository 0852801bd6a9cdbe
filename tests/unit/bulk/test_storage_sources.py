"""Inputs are read from files and from an object store, byte for byte, whatever the store does."""

from __future__ import annotations

import io
import random
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import obstore
import pytest

from lenet.bulk.storage import describe, list_sources, open_source, ranges
from lenet.bulk.storage.requests import Patience, connect
from lenet.errors import DataError
from object_store import Bucket, Fault

QUICK = Patience(attempts=4, pause=0.01, timeout=5.0, total=10.0)
DATA = random.Random(1).randbytes(1_500_000)


def test_a_file_is_opened_and_described(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"letters")
    with open_source(str(path)) as stream:
        assert stream.read() == b"letters"
    with open_source(path.as_uri()) as stream:
        assert stream.read() == b"letters"
    assert describe(str(path)) == (str(path), 7, "")
    for function in (open_source, describe):
        with pytest.raises(DataError, match="no such file; check the name"):
            function(str(tmp_path / "absent"))


def test_an_object_is_read_as_the_file_of_its_bytes(bucket: Bucket) -> None:
    bucket.put("a", DATA)
    numbers = random.Random(2)
    with open_source(f"{bucket.uri}/a") as stream, io.BytesIO(DATA) as oracle:
        for _ in range(60):
            if numbers.random() < 0.3:
                place = numbers.choice([(numbers.randrange(len(DATA)), 0), (-numbers.randrange(9000), 2)])
                assert stream.seek(*place) == oracle.seek(*place)
            length = numbers.choice([0, 1, 100, 5000, 70_000, 400_000])
            assert stream.read(length) == oracle.read(length)
            assert stream.tell() == oracle.tell()
        stream.seek(len(DATA) + 5)
        assert stream.read(1) == b""


def test_reading_on_requests_larger_ranges_ahead(bucket: Bucket) -> None:
    bucket.put("a", DATA * 6)
    with open_source(f"{bucket.uri}/a") as stream:
        while stream.read(50_000):
            pass
    sizes = []
    for request in bucket.proxy.requests[1:]:
        first, last = request.headers["range"].removeprefix("bytes=").split("-")
        sizes.append(int(last) - int(first) + 1)
    assert sum(sizes) == 6 * len(DATA)  # nothing twice
    assert sizes[:3] == [2**18, 2**19, 2**19]
    assert max(sizes) == ranges.MAX_WINDOW
    assert len(sizes) <= 9


def test_a_large_read_is_few_requests(bucket: Bucket) -> None:
    bucket.put("a", DATA)
    with open_source(f"{bucket.uri}/a") as stream:
        assert stream.read(len(DATA)) == DATA
    assert len(bucket.proxy.requests) <= 4


def test_archives_are_read_from_the_store(bucket: Bucket) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b", b"letters")
    bucket.put("a.zip", buffer.getvalue())
    with open_source(f"{bucket.uri}/a.zip") as stream, zipfile.ZipFile(stream) as archive:
        assert archive.read("a/b") == b"letters"


def test_an_object_of_a_multipart_upload_is_read(bucket: Bucket) -> None:
    store = connect(bucket.uri, QUICK)
    obstore.put(store, "big", io.BytesIO(DATA * 5), use_multipart=True, chunk_size=5 * 2**20)
    uploads = [request for request in bucket.proxy.requests if "uploadId" in request.path]
    assert len(uploads) == 3  # two parts and the completion
    entry = describe(f"{bucket.uri}/big")
    assert entry.etag.endswith('-2"')
    with open_source(entry.uri, entry.etag) as stream:
        assert stream.read() == DATA * 5


def test_an_empty_object(bucket: Bucket) -> None:
    bucket.put("a", b"")
    with open_source(f"{bucket.uri}/a") as stream:
        assert stream.read() == b""


def test_objects_are_listed_in_order(bucket: Bucket) -> None:
    keys = ["b/2", "b/10", "b/a%20c%23.png", "bb", "a"]
    for key in keys:
        bucket.put(key, b"letters")
    bucket.put("b/folder/", b"")  # the mark of a folder
    bucket.put("b/empty", b"")
    entries = list_sources(f"{bucket.uri}/b/")
    expected = ["10", "2", "a c#.png", "empty"]
    assert [entry.uri for entry in entries] == [f"{bucket.uri}/b/{name}" for name in expected]
    assert all(entry == describe(entry.uri) for entry in entries)
    assert len(list_sources(bucket.uri)) == 6
    assert list_sources(f"{bucket.uri}/absent") == []


def test_a_name_that_obstore_cannot_use_is_an_error(bucket: Bucket) -> None:
    bucket.put("a//b", b"letters")
    with pytest.raises(DataError, match=r'the name of an object cannot be used \(.*"a//b".*\); rename it'):
        list_sources(bucket.uri)


@pytest.mark.slow
def test_a_long_list_goes_on_after_a_failure(bucket: Bucket) -> None:
    for number in range(1100):  # two pages
        bucket.put(f"{number:04}", b"letters")
    bucket.proxy.inject(Fault.ERROR, "GET", "continuation-token", 1)
    entries = list_sources(bucket.uri, QUICK)
    assert [entry.uri for entry in entries] == [f"{bucket.uri}/{number:04}" for number in range(1100)]


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.BUSY, Fault.TRUNCATE, Fault.LIE, Fault.DROP])
def test_failures_are_tried_again(bucket: Bucket, fault: Fault) -> None:
    bucket.put("a", DATA)
    bucket.proxy.inject(fault, "GET", times=3)
    with open_source(f"{bucket.uri}/a", patience=QUICK) as stream:
        assert stream.read() == DATA


def test_a_slow_answer_is_awaited_for_a_time(bucket: Bucket) -> None:
    bucket.put("a", b"letters")
    bucket.proxy.inject(Fault.SLOW, "GET", times=2)
    begin = time.monotonic()
    with open_source(f"{bucket.uri}/a", patience=QUICK._replace(timeout=0.3)) as stream:
        assert stream.read() == b"letters"
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(Fault.ERROR, "500"), (Fault.BUSY, "503 SlowDown"), (Fault.DROP, "the connection ended")],
)
def test_attempts_are_bounded(bucket: Bucket, fault: Fault, reason: str) -> None:
    bucket.put("a", b"letters")
    bucket.proxy.inject(fault, "GET", times=100)
    with (
        open_source(f"{bucket.uri}/a", patience=QUICK) as stream,
        pytest.raises(DataError, match=rf"/a: the store failed 4 times \({reason}.*\); try again later"),
    ):
        stream.read()
    assert len([r for r in bucket.proxy.requests if r.method == "GET"]) == 4


class NoRanges(BaseHTTPRequestHandler):
    """Answers every request with the whole body."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATA)))
        self.send_header("Last-Modified", "Tue, 01 Dec 2026 00:00:00 GMT")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(DATA)

    def log_message(self, *_: object) -> None:
        pass


class Ranges(NoRanges):
    """Answers ranges, without an ETag."""

    def do_GET(self) -> None:
        first, last = (int(n) for n in self.headers["Range"].removeprefix("bytes=").split("-"))
        self.send_response(206)
        self.send_header("Content-Length", str(last + 1 - first))
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(DATA)}")
        self.send_header("Last-Modified", "Tue, 01 Dec 2026 00:00:00 GMT")
        self.end_headers()
        self.wfile.write(DATA[first : last + 1])


@contextmanager
def web_server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_web_server_that_answers_ranges_is_read() -> None:
    with web_server(Ranges) as uri:
        entry = describe(f"{uri}/a/b.npz", QUICK)
        assert entry == (f"{uri}/a/b.npz", len(DATA), "2026-12-01T00:00:00+00:00")
        with open_source(entry.uri, entry.etag, QUICK) as stream:
            stream.seek(-9, 2)
            assert stream.read() == DATA[-9:]


def test_a_web_server_without_ranges_is_refused() -> None:
    with (
        web_server(NoRanges) as uri,
        open_source(f"{uri}/a", patience=QUICK) as stream,
        pytest.raises(DataError, match="/a: the server does not answer ranges of bytes; download"),
    ):
        stream.read()


@pytest.mark.parametrize("content", [b"LETTERS", b"letter"])
def test_a_change_while_reading_is_an_error(bucket: Bucket, content: bytes) -> None:
    bucket.put("a", b"letters" * 100_000)
    with open_source(f"{bucket.uri}/a", patience=QUICK) as stream:
        stream.read(10)
        bucket.put("a", content * 100_000)
        with pytest.raises(DataError, match="/a: has changed while it was read; run again"):
            stream.read()


def test_a_change_since_the_plan_is_an_error(bucket: Bucket) -> None:
    bucket.put("a", b"letters")
    entry = describe(f"{bucket.uri}/a")
    bucket.put("a", b"LETTERS")
    with pytest.raises(DataError, match="has changed since it was planned"):
        open_source(entry.uri, entry.etag)


def test_missing_objects_and_buckets_are_named(bucket: Bucket) -> None:
    with pytest.raises(DataError, match=rf"{bucket.uri}/absent: no such object; check the name"):
        open_source(f"{bucket.uri}/absent", patience=QUICK)
    with pytest.raises(DataError, match="the bucket does not exist"):
        list_sources("s3://absent-bucket", QUICK)
    with pytest.raises(DataError, match="a web server does not list its files"):
        list_sources("https://host/a")


def test_no_credentials_are_in_messages(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    quick = QUICK._replace(attempts=2)
    with pytest.raises(DataError, match=r"the store failed 2 times \(connection refused\)") as info:
        open_source(f"{bucket.uri}/a", patience=quick)
    assert "hidden" not in str(info.value)
    assert "\n" not in str(info.value)


def test_plain_http_is_for_this_machine_unless_it_is_allowed(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store.invalid")
    quick = QUICK._replace(attempts=1)
    with pytest.raises(DataError, match="plain http:// is not allowed; set AWS_ALLOW_HTTP=true"):
        open_source(f"{bucket.uri}/a", patience=quick)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    with pytest.raises(DataError, match=r"failed once \(unknown host\)"):
        open_source(f"{bucket.uri}/a", patience=quick._replace(total=9.0))
