"""The command line: parses the arguments, runs a command and returns the exit status."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from lenet import __version__
from lenet.cli import (
    architectures,
    collect_export,
    collect_moderate,
    collect_stats,
    collect_withdraw,
    data_fetch,
    data_info,
    evaluate,
    export,
    import_,
    model_card,
    predict,
    serve,
    train,
)
from lenet.cli.arguments import Parser
from lenet.cli.renamed import with_new_names
from lenet.errors import EngineError, LenetError, MissingDependencyError

if TYPE_CHECKING:
    SubParsers = argparse._SubParsersAction[Parser]

DONE, FAILED, USAGE, MISSING_DEPENDENCY, ENGINE_FAILED = range(5)
INTERRUPTED, BROKEN_PIPE = 130, 141  # 128 + the signal's number, as shells count

EPILOG = """`lenet serve` opens an app in the browser that recognizes letters while you draw.

exit status:
  0  done
  1  a file cannot be read or written, or is not supported; or another error of one line
  2  the arguments are wrong
  3  an optional package or program is not installed; the message says how to install it
  4  the engine failed, or a runtime disagrees with it about an exported file
`lenet predict` returns 0, 1 or 2 only."""


class Command(Protocol):
    """A module with a command."""

    SUMMARY: str
    EPILOG: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Run the command; return the exit status."""


COMMANDS: dict[str, Command] = {
    "serve": serve,
    "predict": predict,
    "train": train,
    "evaluate": evaluate,
    "model-card": model_card,
    "export": export,
    "import": import_,
    "architectures": architectures,
}
DATA_COMMANDS: dict[str, Command] = {"fetch": data_fetch, "info": data_info}
COLLECT_COMMANDS: dict[str, Command] = {
    "stats": collect_stats,
    "moderate": collect_moderate,
    "export": collect_export,
    "withdraw": collect_withdraw,
}
GROUPS: dict[str, tuple[str, dict[str, Command]]] = {
    "data": ("Download EMNIST, or describe data sets.", DATA_COMMANDS),
    "collect": ("Count, moderate, export or withdraw collected handwriting.", COLLECT_COMMANDS),
}
"""Commands of two words: for each first word the summary, and the commands by the second."""

ALL_COMMANDS = {
    **COMMANDS,
    **{f"{group} {name}": one for group, (_, members) in GROUPS.items() for name, one in members.items()},
}
"""Every command by its words."""

ALIASES = {"serve": ["draw"]}


def parser() -> Parser:
    """Return the parser of the whole command line."""
    top = Parser(
        prog="lenet",
        description="Train LeNets on handwritten letters and recognize letters with them.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"lenet {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        _add(commands, name, command)
    for group, (summary, members) in GROUPS.items():
        words = commands.add_parser(group, help=summary, description=summary)
        group_commands = words.add_subparsers(title="commands", metavar="COMMAND", required=True)
        for name, command in members.items():
            _add(group_commands, name, command)
    return top


def _add(commands: SubParsers, name: str, command: Command) -> None:
    sub = commands.add_parser(
        name,
        aliases=ALIASES.get(name, []),
        help=command.SUMMARY,
        description=command.SUMMARY,
        epilog=command.EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sub.set_defaults(run=command.run)
    command.add_arguments(sub)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status, which `lenet --help` explains."""
    _open_closed_streams()
    words, renamed = with_new_names(sys.argv[1:] if arguments is None else arguments)
    args = parser().parse_args(words)
    for stream in (sys.stdout, sys.stderr):
        # A file's name may not fit the terminal's encoding.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for warning in renamed:
        print(warning, file=sys.stderr)
    try:
        with _interruptible(), _old_names_in_one_line():
            status: int = args.run(args)
        sys.stdout.flush()
        return status
    except LenetError as error:
        print(f"lenet: {error}", file=sys.stderr)
        return FAILED if args.run is predict.run else _status(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader left
        _flush_or_discard()
        return BROKEN_PIPE
    except OSError as error:
        _flush_or_discard()
        print(f"lenet: {error.strerror or error}", file=sys.stderr)
    except MemoryError:
        print("lenet: not enough memory; give less data at once", file=sys.stderr)
    return FAILED


def _open_closed_streams() -> None:
    """Open the null device where the caller closed a standard stream.

    Otherwise the next file that is opened would become the standard stream.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115 - for the whole process
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


def _flush_or_discard() -> None:
    """Flush standard output; if that fails, send what is buffered to the null device.

    Otherwise Python would try it again at its end, with a traceback.
    """
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt. While modules were loaded, it ended the process."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _old_names_in_one_line() -> Iterator[None]:
    """Print the package's own warnings about old names in one line each."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def show_in_one_line(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, DeprecationWarning):
                print(f"lenet: {message}", file=sys.stderr)
            else:
                show(message, category, filename, lineno, file, line)

        warnings.filterwarnings("once", category=DeprecationWarning, module="lenet")
        warnings.showwarning = show_in_one_line
        yield


def _status(error: LenetError) -> int:
    """Return the exit status for an error."""
    if isinstance(error, MissingDependencyError):
        return MISSING_DEPENDENCY
    return ENGINE_FAILED if isinstance(error, EngineError) else FAILED
