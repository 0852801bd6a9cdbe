"""OpenVINO's files take OpenVINO; `make verify-exports` writes and runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet import exporters as exporting
from lenet.datasets import train_test_split
from made import letters, refusal, untrained, without


def test_without_openvino_nothing_is_written_and_the_remedy_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, "openvino")
    message = refusal(
        exporting.export, untrained("lenet1"), ["openvino"], tmp_path, train_test_split(letters(4))
    )
    assert message == 'openvino is not installed; pip install "lenet[openvino]"'
    assert list(tmp_path.iterdir()) == []
