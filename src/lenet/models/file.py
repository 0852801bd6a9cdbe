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

from lenet._util import strict_json
from lenet._util.bounded import MAX_BYTES
from lenet._util.files import atomic_write, open_file, read_error
from lenet._util.sniff import HEAD, FileType, identify, sniff, wrong_type
from lenet.errors import LenetError, ModelFileError
from lenet.models import safetensors
from lenet.models.metadata import FIELDS, OLD_NAMES, ModelMetadata, TrainingRecord, with_new_names
from lenet.models.packing import Quantize, pack, unpack
from lenet.models.spec import Spec

FORMAT = "lenet-model/2"
OLD_FORMAT = "lenet-model/1"

_INTEGER = r"[0-9]{1,9}"
_DECIMAL = r"[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?"
_DEFAULTED = ("pen_width", "max_entropy", "min_probability")  # of the metadata, what a file may lack


@dataclass(frozen=True, eq=False)
class Model:
    """A network with its weights, and what must be known to use and to judge it.

    Attributes:
        spec: the network, with one output for each label.
        parameters: float32 (n,), finite, in the engine's order.
        metadata: how its answers are read, and how it was trained.

    Raises:
        LenetError: the weights or the labels are not those of such a network.
    """

    spec: Spec
    parameters: npt.NDArray[np.float32]
    metadata: ModelMetadata = field(default_factory=ModelMetadata)

    def __post_init__(self) -> None:
        _check_parameters(self.parameters, self.spec.num_parameters)
        outputs, labels = self.spec.num_classes, len(self.metadata.labels)
        if outputs != labels:
            raise ModelFileError(f"{outputs} outputs for {labels} labels; the last layer must have one each")

    @property
    def labels(self) -> str:
        """Class names, one character for each output."""
        return self.metadata.labels

    @property
    def temperature(self) -> float:
        """Divides the logits before the softmax."""
        return float(self.metadata.temperature)

    @property
    def pen_width(self) -> float:
        """Stroke width at inference, a fraction of the drawing's longer side."""
        return float(self.metadata.pen_width)

    @property
    def max_entropy(self) -> float | None:
        """Nats; a higher entropy is `not-a-letter`; None: no threshold."""
        return self.metadata.max_entropy

    @property
    def min_probability(self) -> float | None:
        """0..1; a lower confidence is `unsure`; None: no threshold."""
        return self.metadata.min_probability

    @property
    def training(self) -> TrainingRecord:
        """How the model was trained."""
        return self.metadata.training

    @property
    def trained_on(self) -> list[str]:
        """Names of the data sets that it or its teachers were trained on."""
        return [*self.training.data, *self.training.teacher_train_data]


def _check_parameters(parameters: npt.NDArray[np.float32], count: int) -> None:
    if parameters.dtype != np.float32 or parameters.shape != (count,):
        raise ModelFileError(
            f"parameters must be float32 ({count},), not {parameters.dtype} {parameters.shape}"
        )
    if not np.isfinite(parameters).all():
        raise ModelFileError("a weight is NaN or infinite; train again with a lower learning rate")


# ---- Writing -------------------------------------------------------------------------------


def save_model(path: str | Path, model: Model, *, quantize: Quantize | None = None) -> None:
    """Write a model file, aside first and then renamed; the same model gives the same bytes.

    Args:
        path: where to write it.
        model: the model.
        quantize: "int8" rounds the weights to 8 bits (`lenet.models.packing`): a quarter of the size.

    Raises:
        LenetError: metadata that is not JSON or larger than the format allows, or a file that
            cannot be written.
    """
    values = {name: getattr(model.metadata, name) for name in FIELDS}
    try:
        metadata = {
            "format": FORMAT,
            "architecture": _to_json(model.spec.to_json()),
            **{name: _to_text(value) for name, value in values.items() if value is not None},
            "training": _to_json(model.training.to_json()),
        }
        data = safetensors.serialize(pack(model.spec, model.parameters, quantize), metadata)
    except LenetError as error:
        raise type(error)(f"{path}: {error}") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(
            f"{path}: the metadata is not JSON ({error}); give strings, finite numbers and lists"
        ) from None
    with atomic_write(path) as stream:
        stream.write(data)


def _to_text(value: str | float) -> str:
    """A string, or a number as the shortest text that is the same number."""
    return value if isinstance(value, str) else repr(value if isinstance(value, int) else float(value))


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


# ---- Reading -------------------------------------------------------------------------------


def load_model(path: str | Path) -> Model:
    """Read a model file; nothing of it is ever executed.

    Raises:
        ModelFileError: what docs/reference/model-file.md forbids; the message names the file.
        UnsupportedError: an architecture that the engine does not run.
    """
    file_type = sniff(path) if Path(path).is_dir() else FileType.UNKNOWN
    data = b""
    if file_type is FileType.UNKNOWN:
        data = _bytes(path)
        file_type = identify(data[:HEAD], data[-HEAD:])
    if file_type not in (FileType.LENET_MODEL, FileType.SAFETENSORS, FileType.UNKNOWN):
        remedy = "give a model that `lenet train` wrote"
        raise wrong_type(path, file_type, "a model of this program", remedy, kind=ModelFileError)
    try:
        return read_model(data)
    except LenetError as error:
        raise type(error)(f"{path}: {error}") from None


def _bytes(path: str | Path) -> bytes:
    try:
        with open_file(path, kind=ModelFileError) as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise read_error(path, error, kind=ModelFileError) from None


def read_model(data: bytes) -> Model:
    """Read the bytes of a model file, as `load_model` reads the file."""
    if len(data) > MAX_BYTES:
        raise ModelFileError("larger than 64 MiB; this is not a model of this program")
    contents = safetensors.parse(data)
    texts = contents.metadata
    version = texts.get("format")
    if version is None:
        raise ModelFileError(f"safetensors, not a model of this program; {FileType.SAFETENSORS.remedy}")
    if version not in (FORMAT, OLD_FORMAT):
        raise ModelFileError(
            f"its format is {version!r:.40}, not {FORMAT!r}; use a model and a program that match"
        )
    old = version == OLD_FORMAT
    spec = Spec.from_json(_from_json(_required(texts, "architecture"), "architecture"))
    record = _from_json(texts.get("training", "{}"), "training")
    if reserved := [key for key in (*FIELDS, *OLD_NAMES["metadata"]) if key in record]:
        raise ModelFileError(f'"training" must not contain "{reserved[0]}"; take it out')
    metadata = _metadata(texts, OLD_NAMES["metadata"] if old else {})
    training = TrainingRecord.from_json(with_new_names("training", record) if old else record)
    return Model(spec, unpack(spec, contents), ModelMetadata(**metadata, training=training))


def _metadata(texts: dict[str, str], old_names: dict[str, str]) -> dict[str, Any]:
    """The fields of ModelMetadata that a file has, under its names for them."""
    names = {new: old for old, new in old_names.items()}
    fields: dict[str, Any] = {
        "labels": _required(texts, "labels"),
        "rasterizer_version": int(
            _required(texts, names.get("rasterizer_version", "rasterizer_version"), _INTEGER)
        ),
        "temperature": float(_required(texts, "temperature", _DECIMAL)),
    }
    for name in _DEFAULTED:
        key = names.get(name, name)
        if key in texts:
            fields[name] = float(_required(texts, key, _DECIMAL))
    return fields


def _from_json(text: str, place: str) -> dict[str, Any]:
    """A JSON object without repeated keys, NaN, or strings that are not Unicode."""
    try:
        value = strict_json.parse(text)
    except RecursionError:
        raise ModelFileError(f"its {place} is nested too deeply; this is not a model file") from None
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise ModelFileError(f"its {place} is not JSON ({reason:.80}); copy the file again") from None
    if not isinstance(value, dict):
        raise ModelFileError(f"its {place} is not a JSON object; copy the file again")
    return value


def _required(metadata: dict[str, str], key: str, pattern: str = r"(?s).*") -> str:
    """The value of a key that must be there and match."""
    if key not in metadata:
        raise ModelFileError(f'its metadata has no "{key}"; save it again with this program')
    if not re.fullmatch(pattern, metadata[key]):
        raise ModelFileError(f'its "{key}" is not a number ({metadata[key]!r:.40}); save it again')
    return metadata[key]
