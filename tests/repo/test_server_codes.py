"""The codes of the server's errors, and the texts that the page has for them."""

from __future__ import annotations

import re

from lenet.server.collect.types import CollectCode
from repository import ROOT

BY_STATUS = {"invalid", "bad-query"}
"""Codes of requests that the page does not make."""


def test_the_page_has_a_text_for_each_error_of_collecting() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src/lenet/server/collect").glob("*.py")]
    raised = {code for text in sources for code in re.findall(r'ApiError\(\s*\d+,\s*"([\w-]+)"', text)}
    assert len(raised) > 8
    script = (ROOT / "web/src/server/request.ts").read_text(encoding="utf-8")
    list_of_codes = re.search(r"CODES = \[(.*?)\] as const", script, re.DOTALL)
    assert list_of_codes is not None
    known = set(re.findall(r'"([\w-]+)"', list_of_codes[1]))
    assert raised | set(CollectCode) <= known | BY_STATUS


def test_no_text_of_the_page_is_for_an_error_that_the_server_does_not_have() -> None:
    script = (ROOT / "web/src/server/request.ts").read_text(encoding="utf-8")
    block = script[script.index("CODES = [") : script.index("] as const")]
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/lenet/server").rglob("*.py"))
    for code in re.findall(r'"([\w-]+)"', block):
        assert f'"{code}"' in sources or code == "too-many-points", code
