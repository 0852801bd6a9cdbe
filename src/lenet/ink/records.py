"""Read this project's own records of drawings fast: the common lines of large JSON Lines files.

`drawing_json` reads every form of a drawing and words what is wrong. Here a line is a record with a list of
strokes whose points are all pairs, or all triples, of numbers; all others are left to that module.
"""

from __future__ import annotations

from itertools import accumulate, chain, pairwise

import msgspec
import numpy as np

from lenet.engine.abi import MAX_COORDINATE, MAX_POINTS
from lenet.ink.drawing import Drawing
from lenet.ink.drawing_json import contribution_of

Text = str | None | msgspec.UnsetType
UNSET = msgspec.UNSET


class _Record(msgspec.Struct, gc=False):
    label: Text = UNSET
    word: Text = UNSET
    writer: Text = UNSET
    drawer: Text = UNSET
    attribution: Text = UNSET
    credit: Text = UNSET
    drawings: msgspec.Raw | msgspec.UnsetType = UNSET
    id: object = None
    part: object = None


class _Pairs(_Record, kw_only=True, gc=False):
    strokes: list[list[tuple[float, float]]]


class _Triples(_Record, kw_only=True, gc=False):
    strokes: list[list[tuple[float, float, float]]]


class RecordReader:
    """A reader of records. It expects a line to have points of as many numbers as the line before."""

    def __init__(self) -> None:
        self._decoder: msgspec.json.Decoder[_Pairs] | msgspec.json.Decoder[_Triples] = _PAIRS

    def read(self, line: bytes, place: str) -> Drawing | None:
        """Return the drawing of a line; None if it has another form or is wrong.

        Args:
            line: a line of JSON in UTF-8.
            place: the file and the line, for `Drawing.source`.
        """
        record = self._record(line)
        if record is None or record.drawings is not UNSET:
            return None
        strokes = record.strokes
        numbers = [*chain.from_iterable(chain.from_iterable(strokes))]
        points = np.array(numbers, np.float64).reshape(-1, 2 if type(record) is _Pairs else 3)
        if max(len(points), len(strokes)) > MAX_POINTS:
            return None
        if type(record) is _Triples:
            points = points[:, :2].copy()
        if len(points) and not -MAX_COORDINATE <= points.min() <= points.max() <= MAX_COORDINATE:
            return None
        ends = accumulate(map(len, strokes), initial=0)
        return Drawing(
            tuple([points[start:end] for start, end in pairwise(ends)]),
            _first(record.label, record.word),
            _first(record.writer, record.drawer),
            place,
            _first(record.attribution, record.credit),
            **contribution_of(record.id, record.part),
        )

    def _record(self, line: bytes) -> _Pairs | _Triples | None:
        try:
            if not line.isascii():
                line.decode()  # msgspec does not check the bytes of values that it skips
            try:
                return self._decoder.decode(line)
            except msgspec.ValidationError:
                self._decoder = _TRIPLES if self._decoder is _PAIRS else _PAIRS
                return self._decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None


_PAIRS = msgspec.json.Decoder(_Pairs)
_TRIPLES = msgspec.json.Decoder(_Triples)


def _first(text: Text, old: Text) -> str | None:
    """Return the text of a key or, if it is missing, of its old name."""
    text = old if text is UNSET else text
    return None if isinstance(text, msgspec.UnsetType) else text
