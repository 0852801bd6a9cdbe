"""Find and read a part of EMNIST in any of the formats in which it is distributed.

All formats give the same result. In a folder the first of these is used: IDX files, gzipped or not; a CSV
file; a zip of IDX files, as NIST offers it.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from lenet._util.archives import check_member, open_zip, read_member
from lenet._util.files import READ_ERRORS, open_file, read_error
from lenet._util.paths import data_folder, shared_folder
from lenet._util.sniff import FileType, sniff, wrong_type
from lenet.datasets.cache import cached
from lenet.datasets.dataset import SIDE, Dataset
from lenet.datasets.emnist.splits import (
    SPLITS,
    EmnistSplit,
    Part,
    Raw,
    check_mapping,
    get_split,
    part_of,
    to_dataset,
    to_upright,
)
from lenet.datasets.readers import idx, kaggle
from lenet.errors import DataError, LenetError

MAX_MAPPING = 65_536  # bytes
MAX_MEMBER = 2**30  # bytes of a file in a zip

_SPEC = re.compile(r"emnist:(?P<split>\w+)(?P<part>:train|:test)?(@(?P<place>.+))?", re.DOTALL)


@dataclass(frozen=True)
class Source:
    """A part of EMNIST, and its file.

    Attributes:
        path: the file; of two IDX files the one of the images.
        split: the split.
        part: the part of the split.
        name: the name for `Dataset.names`.
    """

    path: Path
    split: EmnistSplit
    part: Part
    name: str

    @property
    def identity(self) -> str:
        """Return a string that is equal for DATASETs of the same letters."""
        return f"{self.path.resolve()}:{self.split.name}:{self.part}"

    @property
    def test(self) -> str:
        """Return the DATASET of the test part: in the same file if it has both parts, else in its folder."""
        holds_both = zipfile.is_zipfile(self.path)
        return f"emnist:{self.split.name}:test@{self.path if holds_both else self.path.parent}"


def is_spec(spec: str) -> bool:
    """Return whether a DATASET is of the form "emnist:SPLIT[:train|:test][@PLACE]"."""
    return _SPEC.fullmatch(spec) is not None


def from_spec(spec: str, part: Part) -> Source | None:
    """Find the source of "emnist:SPLIT[:train|:test][@PLACE]"; return None for other DATASETs.

    PLACE is a file or a folder; by default `data_folder()`/emnist, then the shared folder's emnist.

    Args:
        spec: the DATASET.
        part: the part, if the DATASET does not name one.

    Raises:
        LenetError: the split does not exist, or no file of it is found.
    """
    match = _SPEC.fullmatch(spec)
    if match is None:
        if spec.startswith("emnist:"):
            raise DataError(f"{spec}: write emnist:letters, emnist:letters:test or emnist:letters@FILE")
        return None
    split = get_split(match["split"])
    if match["part"]:
        part = "test" if match["part"] == ":test" else "train"
    if match["place"]:
        places = [Path(match["place"]).expanduser()]
    else:
        shared = shared_folder()
        places = [data_folder() / "emnist", *([shared / "emnist"] if shared else [])]
    for place in places:
        for path in _candidates(place, split, part):
            return Source(path, split, part, f"emnist-{split.name}-{part}")
    looked = " nor in ".join(map(str, places))
    raise DataError(
        f"{spec}: nothing of emnist-{split.name}-{part} in {looked}; get it with "
        f"`lenet data fetch emnist --split {split.name}`, or give its place as {spec}@PLACE"
    )


def from_file(path: Path) -> Source | None:
    """Return the source of a file with one of EMNIST's names; None for another file."""
    known = part_of(path.name)
    if match := idx.IMAGES_NAME.fullmatch(path.name):
        split, part = known or (SPLITS["letters"], "train")
        return Source(path, split, part, match["stem"])
    if known and path.name.removesuffix(".gz").endswith(".csv"):
        return Source(path, *known, f"emnist-{known[0].name}-{known[1]}")
    return None


def _candidates(place: Path, split: EmnistSplit, part: Part) -> Iterator[Path]:
    """Yield the files at a place that may contain the part, best first."""
    if place.is_file():
        known = part_of(place.name)
        if known and known != (split, part):
            raise DataError(
                f"{place}: named {known[0].name} {known[1]}, not {split.name} {part}; "
                f"write emnist:{known[0].name}:{known[1]}@{place}"
            )
        yield place
        return
    folders = [place, *(place / name for name in _FOLDERS)]
    for folder in folders:
        for pattern in (
            *(f"emnist-{split.name}-{part}-images{form}" for form in _IMAGES),
            *(f"emnist-{split.name}-{part}.csv{end}" for end in ("", ".gz")),
        ):
            if (path := folder / pattern).is_file():
                yield path
    for path in (path for folder in folders for path in sorted(folder.glob("*.zip"))):
        with suppress(OSError, zipfile.BadZipFile), open_zip(path, str(path)) as archive:
            if member(archive, split, part, "images"):
                yield path


def specs_in(folder: Path) -> list[str]:
    """Return a DATASET for each part of EMNIST of which there are files in a folder."""
    parts: tuple[Part, ...] = ("train", "test")
    return [
        f"emnist:{split.name}:{part}@{folder}"
        for split in SPLITS.values()
        for part in parts
        if next(_candidates(folder, split, part), None)
    ]


_FOLDERS = ("gzip", "EMNIST/raw", "raw", "EMNIST")
"""Folders within a place: of NIST's zip, and of torchvision."""

_IMAGES = ("-idx3-ubyte", "-idx3-ubyte.gz", ".idx3-ubyte", ".idx3-ubyte.gz")


def load(source: Source) -> Dataset:
    """Read a source or its cache. Raise LenetError if its reader fails."""
    path, split = source.path, source.split
    files = [path]
    if idx.IMAGES_NAME.fullmatch(path.name):
        files.append(idx.labels_beside(path))
    arrays = cached(source.name, files, lambda: to_upright(_raw(source), split, str(path)))
    return to_dataset(arrays, split, source.name)


def _raw(source: Source) -> Raw:
    """Read images and labels as stored."""
    path, split = source.path, source.split
    if idx.IMAGES_NAME.fullmatch(path.name):
        mapping = path.with_name(f"emnist-{split.name}-mapping.txt")
        if mapping.is_file():
            with open_file(mapping) as stream:
                check_mapping(stream.read(MAX_MAPPING), split, str(mapping))
        return idx.read(path)
    file_type = sniff(path)
    if file_type in _ZIPS:
        return _from_zip(path, split, source.part)
    if file_type in _CSVS:
        return kaggle.read(path)
    raise wrong_type(path, file_type, "a file of EMNIST", "give its CSV, its IDX files or NIST's gzip.zip")


_ZIPS = (FileType.EMNIST_ZIP, FileType.ZIP)
_CSVS = (FileType.CSV, FileType.TEXT, FileType.UNKNOWN, FileType.GZIP)  # the reader names the line


def member(archive: zipfile.ZipFile, split: EmnistSplit, part: Part, kind: str) -> zipfile.ZipInfo | None:
    """Find the gzipped images or labels (`kind`) of a part in an archive, in any folder."""
    ending = {"images": "images-idx3-ubyte.gz", "labels": "labels-idx1-ubyte.gz"}[kind]
    return find_member(archive, f"emnist-{split.name}-{part}-{ending}")


def find_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo | None:
    """Find the member of that name in an archive, in any folder."""
    for info in archive.infolist():
        if info.filename.rpartition("/")[2] == name and "__MACOSX" not in info.filename:
            return info
    return None


def _from_zip(path: Path, split: EmnistSplit, part: Part) -> Raw:
    """Read a part from NIST's zip, whose members are gzip files."""
    arrays = []
    forms = {"images": (idx.IMAGES_MAGIC, (SIDE, SIDE)), "labels": (idx.LABELS_MAGIC, ())}
    try:
        with open_zip(path, str(path)) as archive:
            for kind, (magic, item) in forms.items():
                if (info := member(archive, split, part, kind)) is None:
                    raise DataError(f"{path}: no {kind} of emnist-{split.name}-{part}; take NIST's gzip.zip")
                check_member(info, MAX_MEMBER, str(path))
                with archive.open(info) as packed, gzip.GzipFile(fileobj=packed) as plain:
                    stream = io.BufferedReader(cast(io.RawIOBase, plain), 2**16)
                    arrays.append(idx.read_array(stream, magic, item, f"{path}: {info.filename}"))
            mapping = find_member(archive, f"emnist-{split.name}-mapping.txt")
            if mapping:
                text = read_member(archive, mapping, MAX_MAPPING, str(path))
                check_mapping(text, split, f"{path}: {mapping.filename}")
    except LenetError:
        raise
    except (*READ_ERRORS, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno:
            raise read_error(path, error) from None
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise DataError(f"{path}: damaged ({reason}); fetch it again") from None
    return arrays[0], arrays[1]
