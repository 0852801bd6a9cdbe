"""Choose which outputs of an imported network are kept, and what they mean."""

from __future__ import annotations

import string
from typing import NamedTuple

import numpy as np

from lenet.datasets.emnist.splits import SPLITS, get_split
from lenet.errors import UnsupportedError
from lenet.importers.lower.chain import Translated
from lenet.labels import LETTERS

PREFIX = "emnist:"  # of the names of orders of labels: "emnist:balanced"

_ORDERS = {
    26: (LETTERS, ""),
    10: (string.digits, ""),
    36: (string.digits + LETTERS, "0-9 A-Z"),
    47: (SPLITS["balanced"].classes, "0-9 A-Z abdefghnqrt, as emnist:balanced and emnist:bymerge"),
    62: (SPLITS["byclass"].classes, "0-9 A-Z a-z, as emnist:byclass"),
}
"""Labels by numbers of outputs, and their description where other orders are in use."""


class Outputs(NamedTuple):
    """Outputs that are kept, their labels, and a note on what was assumed; "" for none."""

    kept: range
    labels: str
    note: str = ""


def outputs_of(count: int, labels: str, kept: tuple[int, int | None] | None) -> Outputs:
    """Return which outputs are kept, and their labels.

    Args:
        count: number of the network's outputs.
        labels: one character for each output that is kept; or the name of one of EMNIST's orders, such as
            "emnist:letters", which keeps the outputs with its numbers; "": by their number.
        kept: numbers of the first and the last output that are kept, from 0; None as the last: up to
            the end; None: all.

    Raises:
        LenetError: the outputs do not exist, or the labels are not known for this number of outputs.
    """
    outputs = range(count) if kept is None else _checked(count, kept)
    if labels.startswith(PREFIX):
        split = get_split(labels.removeprefix(PREFIX))
        first, classes = split.first, len(split.classes)
        if kept is None and first + classes <= count:
            outputs = range(first, first + classes)
        labels = split.classes
    elif not labels:
        labels, order = _ORDERS.get(len(outputs), ("", ""))
        if not labels:
            raise UnsupportedError(f"has {len(outputs)} outputs; {_remedy(len(outputs))}")
        if order:
            note = f"its {len(outputs)} outputs are read as {order}; name others with --labels"
            return Outputs(outputs, labels, note)
    if len(labels) != len(outputs):
        raise UnsupportedError(
            f"{len(outputs)} outputs for {len(labels)} labels; give one character for each output with "
            "--labels, or name the outputs that are kept with --keep-outputs, such as 1..26"
        )
    return Outputs(outputs, labels)


def _checked(count: int, kept: tuple[int, int | None]) -> range:
    first, last = kept[0], count - 1 if kept[1] is None else kept[1]
    if not 0 <= first < last < count:
        raise UnsupportedError(
            f"has outputs 0..{count - 1}; --keep-outputs {first}..{last} must be two or more of them"
        )
    return range(first, last + 1)


def _remedy(count: int) -> str:
    remedy = "say with --labels what each means, one character each"
    if count == 2 * len(LETTERS):
        return f"{remedy}, such as {string.ascii_uppercase + string.ascii_lowercase}"
    if count > len(LETTERS):
        remedy += ", or --labels emnist:letters if it was trained on EMNIST Letters, whose labels are 1..26"
    return remedy


def keep(translated: Translated, outputs: Outputs) -> Translated:
    """Return the network without the other outputs; the softmax is computed without them."""
    notes = (*translated.notes, outputs.note) if outputs.note else translated.notes
    [*_, last] = translated.spec.stages
    (inputs, count), _ = (tensor.shape for tensor in last.tensors)
    first, end = outputs.kept.start, outputs.kept.stop
    if (first, end) == (0, count):
        return Translated(translated.spec, translated.parameters, notes)
    before, weight, bias = np.split(translated.parameters, [-(inputs + 1) * count, -count])
    weight = weight.reshape(inputs, count)[:, first:end].ravel()
    dropped = ", ".join(
        str(part.start) if len(part) == 1 else f"{part.start} to {part.stop - 1}"
        for part in (range(first), range(end, count))
        if part
    )
    return Translated(
        translated.spec.with_num_classes(end - first),
        np.concatenate([before, weight, bias[first:end]]),
        (*notes, f"outputs left out: {dropped}"),
    )
