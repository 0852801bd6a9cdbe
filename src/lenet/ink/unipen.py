"""UNIPEN 1.0: pen strokes in text files, as its archive train_r01_v07 holds them.

Guyon, Schomaker, Plamondon, Liberman, Janet 1994, UNIPEN project of on-line data exchange and
recognizer benchmarks. The reader understands these statements:

.COORD              the meaning of a point's numbers; y grows upwards
.PEN_DOWN, .PEN_UP  start a component; components with points are numbered from 0
.START_SET          restarts the numbering
.SEGMENT CHARACTER  the components of a letter, such as 0-1,3 or 0:12-1:5 (from point 12 of
                    component 0 to point 5 of component 1)
.INCLUDE            inserts another file
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lenet._util.archives import is_tar, open_tar, open_zip, read_member
from lenet._util.bounded import read_bytes
from lenet._util.budget import Budget
from lenet._util.files import read_error
from lenet.engine.abi import MAX_COORDINATE, MAX_POINTS
from lenet.errors import DataError, LenetError
from lenet.ink.drawing import Drawing
from lenet.ink.unipen_skipped import Reason, Skipped

ATTRIBUTION = "UNIPEN train_r01_v07, International Unipen Foundation, CC BY 4.0"
ISOLATED = ("1b", "1c")
"""Folders of the archive with isolated upper-case and lower-case letters.

The other folders hold digits, symbols, and letters cut out of words.
"""

_ARCHIVE = "train_r01_v07"  # in the names of the archive, its folder and its members

MAX_FILE = 2**26  # bytes
_HIERARCHIES = ("CHARACTER", "CHAR")
_STATEMENT = re.compile(rb"^\.([A-Z_]+)[ \t]*(.*?)(?=^\.[A-Z]|\Z)", re.DOTALL | re.MULTILINE)
_SEGMENT = re.compile(r'(\w+)\s+([\d:,-]+)\s+(\S+)\s+"((?:[^"\\]|\\.)*)"')
_RANGE = re.compile(r"(\d{1,9})(?::(\d{1,9}))?(?:-(\d{1,9})(?::(\d{1,9}))?)?")
MAX_RANGES = 1000  # of components in a letter
MAX_COMPONENTS = 2**20  # of a file and its includes

Points = npt.NDArray[np.float64]
Component = tuple[bool, Points]
"""True if the pen is down, and its path: float64 (n, 2), y downwards."""


@dataclass
class _Text:
    """A parsed file.

    Attributes:
        components: strokes and moves in their order; a str is the name of an included file, and
            None starts a set.
        segments: (start of the set in `components`, components as in the file, label).
        skipped: why other segments of characters are left out.
        writer: the writer's name; None if it is unknown.
    """

    components: list[Component | str | None] = field(default_factory=list)
    segments: list[tuple[int, str, str]] = field(default_factory=list)
    skipped: list[Reason] = field(default_factory=list)
    writer: str | None = None


class _Included(NamedTuple):
    """The strokes and moves of an included file, without those of the files that it includes."""

    components: list[Component]
    writer: str | None


def read(path: str | Path, note: Callable[[str], object] = lambda text: None) -> Iterator[Drawing]:
    """Yield the letters of an archive (.tgz, .tar, .zip), a folder or a single file.

    If there are folders 1b and 1c, only these are read. Segments of quality BAD, labels other than
    A-Z a-z, and segments of missing components are left out. The letters of UNIPEN's own archive, known by
    its folders, carry its attribution.

    Args:
        path: the archive, the folder or the file.
        note: called at the end, with a line that counts what was left out.

    Raises:
        LenetError: the archive is damaged or has no letters.
    """
    budget = Budget(str(path))
    texts: dict[str, _Text] = {}
    names = [name for name, _ in _members(path)]
    chosen = [name for name in names if re.search(rf"/data/({'|'.join(ISOLATED)})/", f"/{name}")]
    is_archive = any(_ARCHIVE in name for name in [str(Path(path).absolute()), *names]) or bool(chosen)
    attribution = ATTRIBUTION if is_archive else None
    wanted = set(chosen or names)
    for name, content in _members(path):
        if name in wanted:
            texts[name] = _parse(content(), budget)
    needed = {part for text in texts.values() for part in text.components if isinstance(part, str)}
    skipped = _skipped(texts, needed, names, chosen)
    included: dict[str, _Included] = {}
    for name, content in _members(path):
        if (key := _key(name)) in needed:
            budget.restart()
            text = _parse(content(), budget)
            strokes = [part for part in text.components if isinstance(part, tuple)]
            included[key] = _Included(strokes, text.writer)
    empty = True
    for name, text in texts.items():
        for drawing in _drawings(text, included, f"{path}: {name}", budget):
            if isinstance(drawing, Reason):
                skipped.segments[drawing] += 1
                continue
            empty = False
            yield replace(drawing, attribution=attribution)
            budget.restart()
    if line := skipped.note():
        note(line)
    if empty:
        if Path(path).is_dir():
            raise DataError(
                f"{path}: no letter in it, neither pictures nor UNIPEN; give pictures as LETTER/1.png"
            )
        raise DataError(f"{path}: no letter in it; give UNIPEN's archive or a file with .SEGMENT")


def _skipped(
    texts: Mapping[str, _Text], needed: set[str], names: Sequence[str], chosen: Sequence[str]
) -> Skipped:
    """Return what the texts and the names of the files show to be left out."""
    skipped = Skipped()
    for name, text in texts.items():
        skipped.segments.update(text.skipped)
        has_strokes = any(isinstance(part, tuple) for part in text.components)
        if has_strokes and not (text.segments or text.skipped or _key(name) in needed):
            skipped.files.append(name)
    if chosen:
        folders = {match[1] for name in names if (match := re.search(r"/data/([^/]+)/", f"/{name}"))}
        skipped.folders = folders - {*ISOLATED}
    return skipped


def _members(path: str | Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield the name of each file in an archive or a folder, and a function that reads it."""
    path = Path(path)

    def reading(member: Callable[[], bytes]) -> Callable[[], bytes]:
        def read() -> bytes:
            with _naming_damage(path):
                return member()

        return read

    with _naming_damage(path):
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.is_file() and file.stat().st_size <= MAX_FILE:
                    yield file.relative_to(path).as_posix(), reading(file.read_bytes)
        elif is_tar(path):
            with open_tar(path) as tar:
                for entry in tar:
                    if entry.isfile() and entry.size <= MAX_FILE:
                        stream = tar.extractfile(entry)
                        assert stream is not None
                        yield entry.name, reading(stream.read)
        elif zipfile.is_zipfile(path):
            with open_zip(path, str(path)) as archive:
                for info in archive.infolist():
                    if not info.is_dir() and info.file_size <= MAX_FILE:
                        member = partial(read_member, archive, info, MAX_FILE, str(path))
                        yield info.filename, reading(member)
        else:
            yield path.name, reading(partial(read_bytes, path, limit=MAX_FILE))


@contextmanager
def _naming_damage(path: Path) -> Iterator[None]:
    """Convert exceptions of a reader into the one-line error."""
    try:
        yield
    except LenetError:
        raise
    except OSError as error:
        raise read_error(path, error) from None
    except Exception as error:  # tarfile, zipfile and zlib raise nearly anything
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise DataError(f"{path}: damaged ({reason}); fetch it again") from None


def _key(name: str) -> str:
    """Return the name of a file for .INCLUDE: its path within the folder `include`."""
    return f"/{name}".rpartition("/include/")[2].lstrip("/")


# ---- The text of a file --------------------------------------------------------------------


def _parse(content: bytes, budget: Budget) -> _Text:
    text, columns, scale = _Text(), (0, 1, 2), [1.0, 1.0]
    in_set = 0
    for statement in _STATEMENT.finditer(content):
        budget.check()
        keyword, rest = statement.groups()
        words = rest.split()
        if keyword == b"COORD":
            names = [word.upper() for word in words]
            if b"X" in names and b"Y" in names:
                columns = (names.index(b"X"), names.index(b"Y"), len(names))
        elif keyword in (b"X_POINTS_PER_INCH", b"X_POINTS_PER_MM"):
            scale[0] = _number(words)
        elif keyword in (b"Y_POINTS_PER_INCH", b"Y_POINTS_PER_MM"):
            scale[1] = _number(words)
        elif keyword == b"WRITER_ID" and words:
            text.writer = words[0].decode("latin-1")
        elif keyword == b"INCLUDE" and words:
            text.components.append(words[0].decode("latin-1"))
        elif keyword == b"START_SET":
            in_set = len(text.components)
            text.components.append(None)
        elif keyword in (b"PEN_DOWN", b"PEN_UP"):
            points = _points(words, columns, scale)
            if len(points):
                text.components.append((keyword == b"PEN_DOWN", points))
        elif keyword == b"SEGMENT":
            segment = _SEGMENT.match(rest.decode("latin-1"))
            if segment and segment[1] in _HIERARCHIES:
                label = re.sub(r"\\(.)", r"\1", segment[4])
                if (reason := _reason(segment[3], label)) is None:
                    text.segments.append((in_set, segment[2], label))
                    budget.restart()
                else:
                    text.skipped.append(reason)
    return text


def _reason(quality: str, label: str) -> Reason | None:
    """Return why a segment of that quality and label is left out; None for a letter."""
    if len(label) == 1 and label.isascii() and label.isalpha():
        return Reason.BAD if quality == "BAD" else None
    return Reason.DIGIT if len(label) == 1 and label.isdecimal() else Reason.SYMBOL


def _number(words: list[bytes]) -> float:
    try:
        value = float(words[0])
    except (ValueError, IndexError):
        return 1.0
    return value if 1e-6 < value < 1e6 else 1.0


def _points(words: list[bytes], columns: tuple[int, int, int], scale: list[float]) -> Points:
    """Return the points of a component; none if they are not numbers or too many."""
    x, y, width = columns
    if x == y:
        x, y, width = 0, 1, 2
    try:
        numbers = np.array(words[: len(words) // width * width], np.float64).reshape(-1, width)
    except ValueError:
        return np.empty((0, 2))
    points = numbers[:, [x, y]] / scale * (1, -1)
    fit = len(points) <= MAX_POINTS and bool((np.abs(points) <= MAX_COORDINATE).all())
    return points if fit else np.empty((0, 2))


# ---- The letters of a file ---------------------------------------------------------------------------


def _drawings(
    text: _Text, included: dict[str, _Included], place: str, budget: Budget
) -> Iterator[Drawing | Reason]:
    """Yield the letter of each segment, or the reason why there is none."""
    sets, writer = _resolved(text, included, place)
    folder = PurePosixPath(place.rpartition(": ")[2]).parent.name
    for number, (in_set, where, label) in enumerate(text.segments, 1):
        budget.check()
        strokes = _strokes(sets.get(in_set, []), where)
        if isinstance(strokes, Reason):
            yield strokes
        else:
            yield Drawing(tuple(strokes), label, writer or folder, f"{place}:{number}")


def _resolved(
    text: _Text, included: dict[str, _Included], place: str
) -> tuple[dict[int, list[Component]], str | None]:
    """Return the components of each set, by its start, with the included files inserted."""
    sets: dict[int, list[Component]] = {0: []}
    current, writer = sets[0], text.writer
    for at, part in enumerate(text.components):
        if part is None:
            current = sets[at] = []
        elif isinstance(part, str):
            other = included.get(part)
            current += other.components if other else []
            if len(current) > MAX_COMPONENTS:
                raise DataError(f"{place}: includes more than {MAX_COMPONENTS:,} strokes; split the file")
            writer = writer or (other.writer if other else None)
        else:
            current.append(part)
    return sets, writer


def _strokes(components: list[Component], where: str) -> list[Points] | Reason:
    """Return the strokes of a segment, or why there are none."""
    strokes: list[Points] = []
    ranges = where.split(",", MAX_RANGES)
    if len(ranges) > MAX_RANGES:
        return Reason.TOO_LARGE
    visited = points_in_all = 0
    for part in ranges:
        match = _RANGE.fullmatch(part)
        if match is None:
            return Reason.MISSING
        first, start, last, stop = (None if group is None else int(group) for group in match.groups())
        assert first is not None
        last = first if last is None else last
        if not first <= last < len(components):
            return Reason.MISSING
        visited += last - first + 1
        if visited > MAX_COMPONENTS:  # many ranges may name all components
            return Reason.TOO_LARGE
        for number in range(first, last + 1):
            down, points = components[number]
            begin = start or 0 if number == first else 0
            end = stop + 1 if number == last and stop is not None else len(points)
            if down and len(points[begin:end]):
                strokes.append(points[begin:end])
                points_in_all += len(strokes[-1])
                if points_in_all > MAX_POINTS:
                    return Reason.TOO_LARGE
    return strokes or Reason.MISSING
