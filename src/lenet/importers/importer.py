"""Import a model file of any known format, with notes about its conversion."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lenet import engine
from lenet._util.bounded import shown
from lenet.errors import LenetError, ModelFileError, UnsupportedError
from lenet.importers import registry
from lenet.importers.ir import Affine, Chain, Nothing
from lenet.importers.lower.chain import translate
from lenet.importers.lower.orientation import for_upright_images
from lenet.importers.outputs import keep, outputs_of
from lenet.ink import Orientation
from lenet.models import ModelMetadata, TrainingRecord, load_model
from lenet.models.file import Model

_LARGE = 16.0  # a first factor below 1/16 means pixels of 0..255


@dataclass(frozen=True)
class ImportOptions:
    """Facts that the file lacks.

    labels        one character for each output, or an order of EMNIST; see `lenet.importers.outputs`
    outputs       numbers of the first and the last output that are kept, from 0; None: all
    input_range   the model's input values for pixels 0 and 255; None: those of the file, else 0 and 1
    invert        the model was trained on dark ink on a light ground: exchange the ends of the range
    orientation   of the images that the model was trained on, such as TRANSPOSED for EMNIST's files
    pen_width     pen width at inference; None: the default
    architecture  of a state dict: see `lenet.importers.readers.state_dict`
    """

    labels: str = ""
    outputs: tuple[int, int | None] | None = None
    input_range: tuple[float, float] | None = None
    invert: bool = False
    orientation: Orientation = Orientation.UPRIGHT
    pen_width: float | None = None
    architecture: dict[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Imported:
    """An imported model.

    format       of the file
    input_range  the file's input values for pixels 0 and 255
    notes        a line for each step that was folded or left out
    """

    model: Model
    format: str
    input_range: tuple[float, float] = (0.0, 1.0)
    notes: tuple[str, ...] = ()


def import_model(path: Path, options: ImportOptions | None = None, kind: str = "") -> Imported:
    """Import a file, or a folder with model.json in it.

    Nothing of a file is ever executed.

    Args:
        path: the file.
        options: facts that the file lacks.
        kind: a key of `registry.READERS`; "": found from the first bytes.

    Returns:
        The model, and notes about its conversion.

    Raises:
        LenetError: the file cannot be read, or its network cannot be expressed; names the layer.
    """
    try:
        return _import(path, options or ImportOptions(), kind)
    except LenetError as error:
        message = str(error)
        raise type(error)(message if message.startswith(str(path)) else f"{path}: {message}") from None


def _import(path: Path, options: ImportOptions, kind: str) -> Imported:
    path = registry.model_file(path)
    kind = kind or registry.kind_of(path)
    if kind == "own":
        if options != ImportOptions():
            raise UnsupportedError("is already a model file of this program; import it without options")
        return Imported(_answering(load_model(path)), "this project's own")
    if (kind == "state_dict") != (options.architecture is not None):
        raise LenetError(
            "a state dict has no layers; name the architecture with --arch"
            if kind == "state_dict"
            else "the file has its own layers; leave --arch out"
        )
    reader = importlib.import_module(f"lenet.importers.readers.{kind}")
    more = () if options.architecture is None else (options.architecture,)
    chain, files = reader.read(path, *more)
    input_range = options.input_range or _input_range(chain)
    if options.invert:
        input_range = input_range[1], input_range[0]
    translated = translate(for_upright_images(chain, options.orientation), input_range)
    outputs = outputs_of(translated.spec.num_classes, options.labels, options.outputs)
    translated = keep(translated, outputs)
    record = TrainingRecord(
        name=shown(path.parent.resolve().name if path.name == "model.json" else path.stem),
        imported={
            "format": chain.format,
            "file": shown(path.name, 200),
            "sha256": _sha256(files),
            "input_range": list(input_range),
            "orientation": options.orientation.value,
        },
    )
    metadata = ModelMetadata(
        labels=outputs.labels,
        pen_width=engine.DEFAULT_PEN if options.pen_width is None else options.pen_width,
        training=record,
    )
    model = Model(translated.spec, translated.parameters, metadata)
    return Imported(_answering(model), chain.format, input_range, translated.notes)


def _input_range(chain: Chain) -> tuple[float, float]:
    """Guess a chain's input values for pixels 0 and 255.

    They are 0 and 255 if it takes bytes, or scales its input down first.
    """
    if chain.input_range:
        return chain.input_range
    first = next((step for step in chain.steps if not isinstance(step, Nothing)), None)
    shrinks = isinstance(first, Affine) and np.abs(first.scale).max() * _LARGE < 1
    return (0.0, 255.0) if shrinks else (0.0, 1.0)


def _sha256(files: Iterable[bytes]) -> str:
    """Return the SHA-256 of a file, or of the digests of several files in order."""
    digests = [hashlib.sha256(data) for data in files]
    if len(digests) == 1:
        return digests[0].hexdigest()
    return hashlib.sha256(b"".join(digest.digest() for digest in digests)).hexdigest()


def _answering(model: Model) -> Model:
    """Return the model, if the engine accepts it and its answers are finite."""
    network = model.spec.network()
    rows, columns = model.spec.input
    images = np.zeros((3, rows, columns), np.uint8)
    images[1], images[2] = 255, np.arange(rows * columns).reshape(rows, columns) * 7
    answers = network.predict(model.parameters, images, model.temperature)
    if not np.isfinite(answers).all():
        raise ModelFileError("its probabilities are not finite; its weights are too large")
    return model
