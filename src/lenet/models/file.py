"""Model files: safetensors with metadata, as docs/reference/model-file.md defines them.

The file itself is read and written in `safetensors.py`, the weights are laid out in `packing.py`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet import engine
from lenet._util import strict_json
from lenet._util.bounded import MAX_BYTES
from lenet._util.files import atomic_write, read_error
from lenet.engine.abi import MAX_PEN, MIN_PEN
from lenet.errors import LenetError, ModelFileError
from lenet.labels import LETTERS, MAX_CLASSES
from lenet.models import safetensors
from lenet.models.packing import pack, unpack
from lenet.models.spec import Spec

FORMAT = "lenet-model/1"
TEMPERATURES = (0.01, 100.0)  # beyond them float32 probabilities lose their meaning
PENS = (MIN_PEN, MAX_PEN)
ENTROPIES = (0.0, 10.0)  # nats; 256 classes have at most 5.5

_INTEGER = r"[0-9]{1,9}"
_DECIMAL = r"[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?"
_THRESHOLDS = {"max_entropy": ENTROPIES, "min_probability": (0.0, 1.0)}
# Of the metadata; the rest is "training".
_OWN_KEYS = ("labels", "ink_version", "temperature", "pen", *_THRESHOLDS)


@dataclass(frozen=True, eq=False)
class Model:
    """A network with its weights and what must be known to use and to judge it.

    spec          with an output a label
    parameters    float32 (n,), finite, in the engine's order
    metadata      "labels" (str: what output k means is labels[k]), "ink_version" (int),
                  "temperature" (float, 0.01..100, divides the logits), "pen" (float, 0.02..1: how
                  wide strokes are drawn for it, as `lenet.ink.rasterise` has it), each with a
                  default; "max_entropy" (float, nats) and "min_probability" (float, 0..1), the
                  thresholds of `lenet.evaluation.verdicts`, which may be missing; whatever else was given is
                  JSON: name, training data, commit, metrics, fonts, ...

    Raises LenetError where one of these does not hold, and for another ink version than this
    build's: the network would see other images than it was trained on.
    """

    spec: Spec
    parameters: npt.NDArray[np.float32]
    metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        defaults = {"labels": LETTERS, "ink_version": engine.INK_VERSION, "temperature": 1.0}
        object.__setattr__(self, "metadata", {**defaults, "pen": engine.DEFAULT_PEN, **self.metadata})
        _check_parameters(self.parameters, self.spec.num_parameters)
        _check_labels(self.metadata["labels"], self.spec.num_classes)
        version = self.metadata["ink_version"]
        if type(version) is not int or version != engine.INK_VERSION:
            raise LenetError(
                f"made for ink version {version!r:.20}, this program has {engine.INK_VERSION}; "
                "train it again or use the program's other version"
            )
        _check_number("temperature", self.metadata["temperature"], TEMPERATURES)
        _check_number("pen", self.metadata["pen"], PENS)
        for name, limits in _THRESHOLDS.items():
            if name in self.metadata:
                _check_number(name, self.metadata[name], limits)

    @property
    def labels(self) -> str:
        """What each output means, one character an output."""
        return str(self.metadata["labels"])

    @property
    def temperature(self) -> float:
        """Divides the logits before the softmax."""
        return float(self.metadata["temperature"])

    @property
    def pen(self) -> float:
        """How wide strokes are drawn for this network, a share of their longer side."""
        return float(self.metadata["pen"])

    @property
    def max_entropy(self) -> float | None:
        """Nats; answers of more are to drawings that are no letter. None: nobody measured."""
        return self._threshold("max_entropy")

    @property
    def min_probability(self) -> float | None:
        """0..1; a letter of less is unsure. None: nobody measured."""
        return self._threshold("min_probability")

    @property
    def trained_on(self) -> list[str]:
        """Names of the data sets that it learned from, itself or through its teachers, as far as
        the metadata tell."""
        told = [self.metadata.get(key) for key in ("data", "teachers_data")]
        return [str(name) for names in told if isinstance(names, list) for name in names]

    def _threshold(self, name: str) -> float | None:
        return float(self.metadata[name]) if name in self.metadata else None


def _check_number(name: str, value: Any, limits: tuple[float, float]) -> None:
    low, high = limits
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise LenetError(f"{name} {value!r:.20} is no number of {low:g}..{high:g}; correct it")


def _check_parameters(parameters: npt.NDArray[np.float32], count: int) -> None:
    if parameters.dtype != np.float32 or parameters.shape != (count,):
        raise LenetError(f"parameters must be float32 ({count},), not {parameters.dtype} {parameters.shape}")
    if not np.isfinite(parameters).all():
        raise LenetError("a weight is NaN or infinite; train again with a lower learning rate")


def _check_labels(labels: Any, outputs: int) -> None:
    known = isinstance(labels, str) and len(set(labels)) == len(labels)
    if not known or not 2 <= len(labels) <= MAX_CLASSES:
        raise LenetError(f'labels must be 2..{MAX_CLASSES} different characters, as "ABC...Z"')
    if not labels.isprintable() or max(labels) > "\uffff":  # one unit each in JavaScript too
        raise LenetError("labels must be printable characters of Unicode's basic plane")
    if outputs != len(labels):
        raise LenetError(f"{outputs} outputs for {len(labels)} labels; the last layer must have one each")


# ---- Writing -------------------------------------------------------------------------------


def save(path: str | Path, model: Model, *, compact: bool = False) -> None:
    """Writes a model, aside first and then renamed; the same model gives the same bytes.

    compact  weights rounded to 8 bits (`lenet.models.packing`): about a quarter of the file

    Raises LenetError for metadata that is not JSON or is larger than the format allows, and where
    the file cannot be written.
    """
    rest = {key: value for key, value in model.metadata.items() if key not in _OWN_KEYS}
    thresholds = [name for name in _THRESHOLDS if name in model.metadata]
    try:
        metadata = {
            "format": FORMAT,
            "architecture": _to_json(model.spec.to_json()),
            "labels": model.labels,
            "ink_version": str(model.metadata["ink_version"]),
            "temperature": repr(model.temperature),
            "pen": repr(model.pen),
            **{name: repr(float(model.metadata[name])) for name in thresholds},
            "training": _to_json(rest),
        }
        data = safetensors.serialize(pack(model.spec, model.parameters, compact), metadata)
    except LenetError as error:
        raise LenetError(f"{path}: {error}") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise LenetError(
            f"{path}: the metadata is not JSON ({error}); give strings, finite numbers and lists"
        ) from None
    with atomic_write(path) as stream:
        stream.write(data)


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


# ---- Reading -------------------------------------------------------------------------------


def load(path: str | Path) -> Model:
    """Reads a model file.

    Raises LenetError, naming the file and what is wrong with it, for everything that
    docs/reference/model-file.md forbids; nothing of the file is ever executed.
    """
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise read_error(path, error, kind=ModelFileError) from None
    try:
        return _model(data)
    except LenetError as error:
        raise ModelFileError(f"{path}: {error}") from None


def _model(data: bytes) -> Model:
    if len(data) > MAX_BYTES:
        raise LenetError("larger than 64 MiB; this is no model of this program")
    contents = safetensors.parse(data)
    metadata = contents.metadata
    if (version := metadata.get("format")) != FORMAT:
        raise LenetError(
            f"its format is {version!r:.40}, not {FORMAT!r}; use a model and a program that match"
        )
    spec = Spec.from_json(_from_json(_required(metadata, "architecture"), "architecture"))
    training = _from_json(metadata.get("training", "{}"), "training")
    if reserved := [key for key in _OWN_KEYS if key in training]:
        raise LenetError(f'"training" must not contain "{reserved[0]}"; take it out')
    own: dict[str, Any] = {
        "labels": _required(metadata, "labels"),
        "ink_version": int(_required(metadata, "ink_version", _INTEGER)),
        "temperature": float(_required(metadata, "temperature", _DECIMAL)),
    }
    for name in ("pen", *_THRESHOLDS):
        if name in metadata:
            own[name] = float(_required(metadata, name, _DECIMAL))
    parameters = unpack(spec, contents)
    return Model(spec, parameters, {**own, **training})


def _from_json(text: str, place: str) -> dict[str, Any]:
    """A JSON object without repeated keys, NaN, or strings that are not Unicode."""
    try:
        value = strict_json.parse(text)
    except RecursionError:
        raise LenetError(f"its {place} is nested too deeply; this is no model file") from None
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise LenetError(f"its {place} is not JSON ({reason:.80}); copy the file again") from None
    if not isinstance(value, dict):
        raise LenetError(f"its {place} is not a JSON object; copy the file again")
    return value


def _required(metadata: dict[str, str], key: str, pattern: str = r"(?s).*") -> str:
    """The value of a key that must be there and match."""
    if key not in metadata:
        raise LenetError(f'its metadata has no "{key}"; save it again with this program')
    if not re.fullmatch(pattern, metadata[key]):
        raise LenetError(f'its "{key}" is no number ({metadata[key]!r:.40}); save it again')
    return metadata[key]
