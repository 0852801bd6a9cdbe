"""The unit tests of the page's logic, web/tests: they run in Node."""

from __future__ import annotations

import pytest

from repository import ROOT


def test_the_units_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "build"))
    import build

    build.install_packages(ROOT / "web")
    build.npm("test", cwd=ROOT / "web")
