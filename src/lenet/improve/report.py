"""The report of an improvement: what was done with which data, and what it gained and cost."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from lenet import __version__
from lenet.improve.audit import Audit
from lenet.improve.gate import GateResult, SetResult
from lenet.improve.types import Input

FORMAT = "lenet-improve/1"


@dataclass(frozen=True)
class Letters:
    """Numbers of letters and contributors.

    Attributes:
        base: letters of the base data, for training and validation.
        train: new letters for training and validation, after the audit.
        train_contributors: contributors of the new letters, before the audit.
        held_out: letters of the contributors who are held out.
        other_classes: letters that the model has no class for; left out.
        withdrawn_contributors: contributors who withdrew, and whose letters are left out.
        withdrawn_letters: withdrawn contributions.
    """

    base: int
    train: int
    train_contributors: int
    held_out: int
    other_classes: int
    withdrawn_contributors: int
    withdrawn_letters: int


@dataclass(frozen=True)
class TrainingFacts:
    """How the new model was trained.

    Attributes:
        architecture: name of the model.
        start: "the model's weights" or "random weights".
        epochs: number of epochs.
        seed: random seed.
        not_here: data sets that the old model was trained on, which are not among the base data.
        recipe: the recipe, as JSON.
    """

    architecture: str
    start: str
    epochs: int
    seed: int
    not_here: tuple[str, ...]
    recipe: dict[str, Any]


@dataclass(frozen=True)
class Code:
    """The program that did it: its version, Git commit, and SHA-256 (`lenet.improve.digests`)."""

    version: str
    commit: str | None
    sha256: str

    @classmethod
    def of(cls, commit: str | None, sha256: str) -> Code:
        """Return this program."""
        return cls(__version__, commit, sha256)


@dataclass(frozen=True)
class ImproveReport:
    """Everything that report.json and report.html say.

    Attributes:
        inputs: every input with its digest.
        code: the program.
        letters: numbers of letters and contributors.
        audit: the audit of the new letters.
        training: how the new model was trained.
        gate: the decision.
        model_sha256: SHA-256 of model.safetensors; None if the gate refused.
    """

    inputs: tuple[Input, ...]
    code: Code
    letters: Letters
    audit: Audit
    training: TrainingFacts
    gate: GateResult
    model_sha256: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object, without the digests of the files that the report goes with."""
        gate = self.gate
        return {
            "format": FORMAT,
            "passed": gate.passed,
            "reasons": list(gate.reasons),
            "margin": gate.margin,
            "sets": [_set_json(result) for result in gate.sets],
            "contributors": asdict(gate.contributors),
            "letters": asdict(self.letters),
            "audit": asdict(self.audit),
            "training": {**asdict(self.training), "not_here": list(self.training.not_here)},
            "inputs": [asdict(one) for one in self.inputs],
            "code": asdict(self.code),
        }


def _set_json(result: SetResult) -> dict[str, Any]:
    test, difference = result.test, result.difference
    return {
        "name": result.name,
        "n": test.n,
        "accuracy": result.accuracy,
        "baseline_accuracy": result.baseline_accuracy,
        "difference": difference.value,
        "interval": [difference.low, difference.high],
        "gained": test.only_first,
        "lost": test.only_second,
        "p": test.p,
        "adjusted_p": result.adjusted_p,
        "outcome": str(result.outcome),
        "overlap": result.overlap,
        "note": result.note,
    }


def serialized(report: ImproveReport, page: bytes) -> bytes:
    """Return report.json.

    It ends with the digests of model.safetensors and report.html, and with the digest of everything
    before it, so that a changed report is noticed without a signature, too.
    """
    files = {"report.html": hashlib.sha256(page).hexdigest()}
    if report.model_sha256:
        files["model.safetensors"] = report.model_sha256
    value = {**report.to_json(), "files": files}
    return (json.dumps({**value, "sha256": own_digest(value)}, indent=1, allow_nan=False) + "\n").encode()


def own_digest(value: dict[str, Any]) -> str:
    """Return the SHA-256 of a report's JSON object without its own digest."""
    rest = {key: item for key, item in value.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
