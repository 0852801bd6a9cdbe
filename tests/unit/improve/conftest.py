"""A small model, its data and a reference set, made once."""

from __future__ import annotations

import pytest

from contributed import Setting, write_letters, write_model
from lenet.evaluation import label_errors


@pytest.fixture(scope="session")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    folder = tmp_path_factory.mktemp("improve")
    base = write_letters(folder / "base.jsonl", 60, seed=1)
    reference = write_letters(folder / "reference.jsonl", 100, seed=2)
    return Setting(base, reference, write_model(folder / "model.safetensors", base))


@pytest.fixture(autouse=True)
def short_cross_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train the networks that judge labels for a tenth of a second each."""
    monkeypatch.setattr(label_errors, "IMAGES_SEEN", 5000)
