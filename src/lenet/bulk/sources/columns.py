"""Turn a column of a table into letters: encoded pictures, or 784 bytes each.

Forms of a column `image`:

struct {bytes, path}      a picture in any format, as Hugging Face's data sets have them
binary                    a picture in any format, or 784 bytes
list of 784 uint8         of fixed or variable size
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lenet.bulk.sources.members import NotLettersError
from lenet.bulk.sources.pictures import Encoded, decode_all
from lenet.bulk.sources.reader import Item, upright
from lenet.bulk.sources.rows import ROW
from lenet.bulk.types import Batch, ReadOptions
from lenet.engine.abi import SIDE
from lenet.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

COLUMN = "image"

Images = npt.NDArray[np.uint8]


def check(schema: pa.Schema, uri: str) -> None:
    """Raise NotLettersError if there is not a column of images; the message names the columns."""
    import pyarrow.types as types

    if schema.names.count(COLUMN) != 1:
        names = ", ".join(schema.names[:10]) or "none"
        raise NotLettersError(f"{uri}: no column `{COLUMN}`; its columns are: {names:.300}")
    kind = schema.field(COLUMN).type
    if types.is_struct(kind):
        inner = kind.field("bytes").type if kind.get_field_index("bytes") >= 0 else None
        is_read = inner is not None and _is_binary(inner)
    else:
        is_list = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
        is_read = _is_binary(kind) or (is_list and types.is_uint8(kind.value_type))
    if not is_read:
        raise NotLettersError(
            f"{uri}: the column `{COLUMN}` is {kind!s:.200}; save pictures as binary, or 784 uint8 as a list"
        )


def leaf(schema: pa.Schema) -> str:
    """Return the path of the values in a Parquet file, without the names of pictures."""
    import pyarrow.types as types

    return f"{COLUMN}.bytes" if types.is_struct(schema.field(COLUMN).type) else COLUMN


def _is_binary(kind: pa.DataType) -> bool:
    import pyarrow.types as types

    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind))


def letters(column: pa.Array, first: int, uri: str, options: ReadOptions) -> Iterator[Item]:
    """Yield the letters of a part of a column, and the rejected ones.

    Args:
        column: its values, of a type that `check` accepts.
        first: number of the first row in the source, from 0.
        uri: the source.
        options: how letters are read.
    """
    import pyarrow.compute as compute
    import pyarrow.types as types

    if types.is_struct(column.type):
        column = compute.struct_field(column, "bytes")
    images = _stored(column)
    if images is None:
        yield from decode_all(_encoded(column, first, uri), options)
    elif len(images):
        names = [f"{uri}:{number}" for number in range(first + 1, first + 1 + len(images))]
        yield Batch(names, upright(images, options))


def _stored(column: pa.Array) -> Images | None:
    """Return a column of 784 bytes each as images; None if a value is missing, or a picture."""
    values = _values(column)
    if values is None:
        return None
    rows = values.reshape(-1, ROW)
    if _is_binary(column.type) and any((rows[:, : len(m)] == m).all(axis=1).any() for m in _MAGIC):
        return None
    return rows.reshape(-1, SIDE, SIDE)


def _values(column: pa.Array) -> Images | None:
    """Return the bytes of a column as one array; None unless each value has 784."""
    import pyarrow.types as types

    if column.null_count:
        return None
    count, kind = len(column), column.type
    if types.is_fixed_size_list(kind) or types.is_fixed_size_binary(kind):
        width = kind.list_size if types.is_fixed_size_list(kind) else kind.byte_width
        if width != ROW:
            return None
        if types.is_fixed_size_list(kind):
            return _numbers(column.flatten())
        start, stop = column.offset * ROW, (column.offset + count) * ROW
        return _bytes(column.buffers()[1])[start:stop]
    is_large = types.is_large_binary(kind) or types.is_large_list(kind)
    width = np.dtype(np.int64 if is_large else np.int32)
    ends = _bytes(column.buffers()[1]).view(width)[column.offset : column.offset + count + 1]
    if count and (np.diff(ends) != ROW).any():
        return None
    if types.is_list(kind) or types.is_large_list(kind):
        return _numbers(column.flatten())
    return _bytes(column.buffers()[2])[ends[0] : ends[-1]] if count else np.empty(0, np.uint8)


def _numbers(values: pa.Array) -> Images | None:
    return None if values.null_count else np.asarray(values.to_numpy(zero_copy_only=False))


def _bytes(buffer: pa.Buffer | None) -> Images:
    return np.empty(0, np.uint8) if buffer is None else np.frombuffer(buffer, np.uint8)


def _encoded(column: pa.Array, first: int, uri: str) -> Iterator[Encoded]:
    """Yield the values of a column, one after another."""
    is_binary = _is_binary(column.type)
    for number, value in enumerate(column, first):
        yield Encoded(f"{uri}:{number + 1}", number, _content(value, is_binary=is_binary))


def _content(value: pa.Scalar, *, is_binary: bool) -> bytes | Images | DataError:
    if not value.is_valid:
        return DataError("no image")
    if not is_binary:
        if len(value.values) != ROW:
            return DataError(f"a list of {len(value.values):,} values, not 784")
        values = _numbers(value.values)
        return DataError("a value is missing") if values is None else values.reshape(SIDE, SIDE)
    data: bytes = value.as_py()
    if len(data) == ROW and not data.startswith(_SIGNATURES):
        return np.frombuffer(data, np.uint8).reshape(SIDE, SIDE)
    return data


_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF")
"""Beginnings of pictures, which 784 bytes may be, too."""
_MAGIC = [np.frombuffer(signature, np.uint8) for signature in _SIGNATURES]
