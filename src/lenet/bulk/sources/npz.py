"""Find the array `images` in an NPZ file, stored or deflated; any number of images is read."""

from __future__ import annotations

import struct
import sys
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO, cast

import numpy as np

from lenet._util.archives import check_member, open_zip
from lenet.bulk.sources.members import NotLettersError
from lenet.bulk.sources.rows import ROW, Rows
from lenet.bulk.sources.streams import MAX_DEFLATE_RATIO, Packed, Unclosed, describe, in_blocks, read_exactly
from lenet.engine.abi import SIDE
from lenet.errors import DataError, LenetError

_MEMBER = "images.npy"
_LOCAL_HEADER = 30  # bytes of a member's header, without its name


def is_deflated(stream: BinaryIO, uri: str) -> bool:
    """Tell whether the images are deflated. Raise DataError as `locate` does."""
    with ExitStack() as stack, _errors(uri):
        archive = stack.enter_context(open_zip(Unclosed(stream), uri))
        return _member(archive, uri).compress_type != zipfile.ZIP_STORED


@contextmanager
def locate(stream: BinaryIO, uri: str) -> Iterator[Rows]:
    """Find the images.

    Raises:
        DataError: the file is damaged, or has no `images` uint8 (n, 28, 28) in C order.
    """
    with ExitStack() as stack:
        with _errors(uri):
            archive = stack.enter_context(open_zip(Unclosed(stream), uri))
            info = _member(archive, uri)
            member = in_blocks(cast(Packed, stack.enter_context(archive.open(info))))
            count = _count(member, uri)
            offset = member.tell()
            if offset + ROW * count != info.file_size or offset + ROW * count > _limit(info):
                raise DataError(f"{uri}: not the size that its {count:,} images need; save it again")
            if info.compress_type == zipfile.ZIP_STORED:
                member, offset = stream, offset + _start(stream, info)
        yield Rows(member, offset, count)


@contextmanager
def _errors(uri: str) -> Iterator[None]:
    try:
        yield
    except LenetError:
        raise
    except Exception as error:  # zipfile and NumPy's header parser raise nearly anything
        raise DataError(f"{uri}: damaged or no NPZ file ({describe(error)}); save it again") from None


def _member(archive: zipfile.ZipFile, uri: str) -> zipfile.ZipInfo:
    if _MEMBER not in archive.namelist():
        raise NotLettersError(f"{uri}: no array `images`; save the letters with this name")
    info = archive.getinfo(_MEMBER)
    check_member(info, sys.maxsize, uri)
    return info


def _limit(info: zipfile.ZipInfo) -> int:
    """Return the greatest size to which a member can unpack."""
    return info.compress_size * (1 if info.compress_type == zipfile.ZIP_STORED else MAX_DEFLATE_RATIO)


def _count(member: BinaryIO, uri: str) -> int:
    """Read the header of the array; return the number of images."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns of headers written by old versions
        version = np.lib.format.read_magic(member)
        header = np.lib.format
        parse = header.read_array_header_1_0 if version == (1, 0) else header.read_array_header_2_0
        shape, is_fortran, dtype = parse(member)
    if dtype != np.uint8 or len(shape) != 3 or shape[1:] != (SIDE, SIDE) or shape[0] < 0:
        raise DataError(f"{uri}: `images` is {dtype} {shape}; it must be uint8 (n, 28, 28)")
    if is_fortran and shape[0] > 1:
        raise DataError(f"{uri}: `images` is in Fortran order; save numpy.ascontiguousarray(images)")
    return int(shape[0])


def _start(stream: BinaryIO, info: zipfile.ZipInfo) -> int:
    """Return the offset of a member's bytes in the file."""
    stream.seek(info.header_offset)
    header = read_exactly(stream, _LOCAL_HEADER)
    name, extra = struct.unpack("<2H", header[26:])
    return info.header_offset + _LOCAL_HEADER + int(name) + int(extra)
