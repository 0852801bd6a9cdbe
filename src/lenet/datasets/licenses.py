"""Whose the data sets are that go by name, and under which terms."""

from __future__ import annotations

from lenet.datasets.emnist import splits as emnist

_TERMS = {
    "sd19_": "NIST Special Database 19 (US government work)",
    "az_": "A-Z handwritten letters (CC0)",
    "unipen_": "UNIPEN train_r01_v07, International Unipen Foundation (CC BY 4.0)",
    "omniglot_": "Omniglot, Lake, Salakhutdinov, Tenenbaum 2015 (MIT)",
    "emnist-": emnist.CREDIT,
    "glyphs": "letters of handwriting fonts (SIL Open Font License 1.1, Apache License 2.0)",
}
"""Of the data sets that go by name, by how it begins; NOTICE has them at length."""


def terms(name: str) -> str | None:
    """Whose a data set is and under which licence, if it is one that goes by name."""
    return next((words for stem, words in _TERMS.items() if name.startswith(stem)), None)
