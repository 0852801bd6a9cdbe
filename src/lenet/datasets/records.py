"""Records of the data sets that go by name: licence, domain, role, and overlap with EMNIST's tests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The use of a data set."""

    TRAINING = "training"
    EVALUATION = "evaluation"


@dataclass(frozen=True)
class DatasetRecord:
    """Facts about the data sets whose names begin with `prefix`; NOTICE has the details.

    Attributes:
        prefix: the beginning of the names of its files.
        license: authors, with the licence in parentheses.
        domain: how the letters were made: "scanned", "pen", "mouse" or "font".
        role: evaluation sets are never trained on.
        contains_sd19: it holds images of NIST SD19, from which EMNIST's tests were made.
    """

    prefix: str
    license: str
    domain: str
    role: Role = Role.TRAINING
    contains_sd19: bool = False


EMNIST_ATTRIBUTION = "EMNIST (Cohen et al. 2017), made of NIST Special Database 19 (US government work)"
UNIPEN_ATTRIBUTION = "UNIPEN train_r01_v07, International Unipen Foundation (CC BY 4.0)"
_OMNIGLOT = "Omniglot, Lake, Salakhutdinov, Tenenbaum 2015 (MIT)"
_SD19 = "NIST Special Database 19 (US government work)"
_FONTS = "letters of handwriting fonts (SIL Open Font License 1.1, Apache License 2.0)"

RECORDS = (
    DatasetRecord("unipen_dev", UNIPEN_ATTRIBUTION, "pen", Role.EVALUATION),
    DatasetRecord("unipen_", UNIPEN_ATTRIBUTION, "pen"),
    DatasetRecord("omniglot_latin", _OMNIGLOT, "mouse", Role.EVALUATION),
    DatasetRecord("omniglot_", _OMNIGLOT, "mouse"),
    DatasetRecord("not_letters_dev", _OMNIGLOT, "mouse", Role.EVALUATION),
    DatasetRecord("sd19", _SD19, "scanned", contains_sd19=True),
    DatasetRecord("by_", _SD19, "scanned", contains_sd19=True),  # NIST's folders: by_class, by_write
    DatasetRecord("az_", "A-Z handwritten letters (CC0)", "scanned", contains_sd19=True),
    DatasetRecord("emnist", EMNIST_ATTRIBUTION, "scanned"),
    DatasetRecord("font-letters", _FONTS, "font"),
    DatasetRecord("font-strokes", _FONTS, "font"),
)
"""The first record with a matching prefix applies."""


OLD_NAMES = {"glyphs": "font-letters", "forms": "font-strokes"}
"""Names of data sets in older models and commands, and their names now."""


def current_name(name: str) -> str:
    """Return a data set's name now, given the name in an older model or command."""
    return OLD_NAMES.get(name, name)


def record_of(name: str) -> DatasetRecord | None:
    """Return the record of a data set, or None for a set that does not go by name."""
    return next((record for record in RECORDS if current_name(name).startswith(record.prefix)), None)


def role_of(name: str) -> Role:
    """Return the role of a data set by its record; a name that ends in "_dev" is for evaluation."""
    if name.endswith("_dev"):
        return Role.EVALUATION
    record = record_of(name)
    return record.role if record else Role.TRAINING
