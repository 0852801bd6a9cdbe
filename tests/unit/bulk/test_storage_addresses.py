"""Addresses of inputs and outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet.bulk.storage.addresses import is_remote, local_path, parse
from lenet.errors import LenetError


@pytest.mark.parametrize(
    "uri", ["letters.npz", "/a/b.zip", "C:\\a\\b.zip", "C:/a", "file:///a/b", "a:b", "s3:/x"]
)
def test_paths_are_not_remote(uri: str) -> None:
    assert not is_remote(uri)


def test_file_uris_are_paths() -> None:
    assert local_path("file:///a/b%20c.npz") == Path("/a/b c.npz")
    assert local_path("a%20b") == Path("a%20b")


@pytest.mark.parametrize(
    ("uri", "root", "key"),
    [
        ("s3://bucket", "s3://bucket", ""),
        ("s3://bucket/a/b#1?%41.npz", "s3://bucket", "a/b#1?%41.npz"),
        ("S3://bucket/a/", "s3://bucket", "a"),
        ("abfss://box@account.dfs.core.windows.net/a", "abfss://box@account.dfs.core.windows.net", "a"),
        ("https://host:81/a%20b/c.zip", "https://host:81", "a b/c.zip"),
    ],
)
def test_an_address_is_a_store_and_a_key(uri: str, root: str, key: str) -> None:
    assert is_remote(uri)
    assert parse(uri) == (root, key)


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("ftp://host/a", "ftp://host: ftp:// is not supported; name a path"),
        ("s3:///a", "names no bucket"),
        ("https://host/a?X-Amz-Signature=hidden", "https://host/a: a query cannot be sent"),
        ("https://me:hidden@host/a", "https://host: credentials in an address"),
        ("s3://key:hidden@bucket/a", "s3://bucket: credentials in an address"),
    ],
)
def test_wrong_addresses_are_refused_without_their_secrets(uri: str, message: str) -> None:
    with pytest.raises(LenetError, match=message) as info:
        parse(uri)
    assert "hidden" not in str(info.value)
