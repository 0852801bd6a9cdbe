"""Old names of commands and options, which work for one more version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Renamed(NamedTuple):
    """An old spelling of a command's arguments and the new one; words are separated by spaces.

    The command is the new name, or "" where the command itself was renamed.
    """

    command: str
    old: str
    new: str


RENAMED = (
    Renamed("", "card", "model-card"),
    Renamed("train", "--rate", "--lr"),
    Renamed("train", "--batch", "--batch-size"),
    Renamed("train", "--trust", "--distillation-alpha"),
    Renamed("train", "--transfer", "--transfer-set-size"),
    Renamed("train", "--teachers", "--teacher-model"),
    Renamed("train", "--shares", "--data-weights"),
    Renamed("train", "--balance", "--class-balance"),
    Renamed("train", "--nonletters", "--outlier-ratio"),
    Renamed("train", "--plain", "--no-aug"),
    Renamed("train", "--recipe best", "--recipe default"),
    Renamed("train", "--recipe plain", "--recipe default --no-aug"),
    Renamed("train", "--pens", "--train-pen-width"),
    Renamed("train", "--pen", "--pen-width"),
    Renamed("train", "--copies", "--renders-per-drawing"),
    Renamed("train", "--unsteady", "--stroke-jitter"),
    Renamed("train", "--per-drawer", "--max-per-writer"),
    Renamed("evaluate", "--against", "--baseline"),
    Renamed("data fetch", "--from", "--source"),
    Renamed("data fetch", "--to", "--data-dir"),
    Renamed("data fetch", "--unchecked", "--no-verify"),
    Renamed("import", "--transposed", "--orientation transposed"),
    Renamed("import", "--pen", "--pen-width"),
    Renamed("import", "--drop-first", "--keep-outputs 1.."),
)


def with_new_names(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Replace old names in the arguments of `lenet`.

    Returns:
        The arguments, and a warning for each name that was replaced.
    """
    words = list(arguments)
    warnings: list[str] = []
    for row in RENAMED:
        if not row.command and words[:1] == [row.old]:
            warnings.append(_warning("lenet", row))
            words[0] = row.new
    length = 2 if words[:1] == ["data"] else 1
    command, options = " ".join(words[:length]), words[length:]
    literal = options[options.index("--") :] if "--" in options else []  # not options
    options = options[: len(options) - len(literal)]
    for row in RENAMED:
        if row.command == command and (replaced := _replace(options, row)) is not None:
            options = replaced
            warnings.append(_warning(f"lenet {command}", row))
    return [*words[:length], *options, *literal], warnings


def _replace(options: Sequence[str], row: Renamed) -> list[str] | None:
    """Return the options with every old spelling replaced; None where there is none."""
    old, new = row.old.split(), row.new.split()
    changed, at, result = False, 0, []
    while at < len(options):
        name, equals, value = options[at].partition("=")
        if options[at : at + len(old)] == old:
            result += new
            at += len(old)
        elif equals and [name, value] == old:
            result += new
            at += 1
        elif equals and [name] == old:
            result.append(f"{row.new}={value}")
            at += 1
        else:
            result.append(options[at])
            at += 1
            continue
        changed = True
    return result if changed else None


def _warning(program: str, row: Renamed) -> str:
    return f"{program}: {row.old} is now {row.new}; the old name goes in the next version"
