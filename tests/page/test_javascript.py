"""A script that fails in Chromium fails its test. test_export_tfjs.py and test_export_onnx.py run scripts."""

from __future__ import annotations

import pytest

from javascript import Run


def test_a_script_that_fails_says_why(in_chromium: Run) -> None:
    with pytest.raises(AssertionError, match="no such thing"):
        in_chromium('throw new Error("no such thing");', {})


def test_nothing_comes_from_elsewhere(in_chromium: Run) -> None:
    with pytest.raises(AssertionError, match="Failed to fetch"):
        in_chromium('await fetch("http://127.0.0.2/");', {})
