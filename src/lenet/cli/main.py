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
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, TextIO, cast

from lenet import __version__
from lenet.cli.arguments import Parser, UsageError
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

    EPILOG: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Run the command; return the exit status."""


@dataclass(frozen=True)
class Entry:
    """A command of the list: its module in this folder, which is imported when it is used."""

    module: str
    summary: str

    def load(self) -> Command:
        """Return the module of the command.

        Raises:
            EngineError: the native library cannot be loaded.
        """
        return cast(Command, import_module(f"lenet.cli.{self.module}"))


COMMANDS = {
    "serve": Entry(
        "serve", "Serve the app and the HTTP interface on 127.0.0.1, and open the app in the browser."
    ),
    "predict": Entry("predict", "Recognize the letters in files."),
    "train": Entry("train", "Train a network; with an EMNIST split, also report its test accuracy."),
    "evaluate": Entry(
        "evaluate", "Evaluate a model: accuracy with its confidence interval, and the top confusions."
    ),
    "improve": Entry(
        "improve", "Train a better model with collected letters, and prove it; or refuse it and say why."
    ),
    "model-card": Entry(
        "model_card", "Print a model card: data, licences, recipe, accuracy and limits, as Markdown."
    ),
    "export": Entry(
        "export", "Export a model to other programs' formats; each file is verified in its own runtime."
    ),
    "import": Entry("import_", "Import a model of another program."),
    "architectures": Entry("architectures", "List the architectures, or describe one layer by layer."),
}
DATA_COMMANDS = {
    "fetch": Entry("data_fetch", "Download EMNIST: only the parts of NIST's zip file that are needed."),
    "info": Entry(
        "data_info", "Describe data sets: class counts, sources, licences, duplicates, label errors."
    ),
}
COLLECT_COMMANDS = {
    "stats": Entry("collect_stats", "Count contributions by letter and state."),
    "moderate": Entry("collect_moderate", "Accept or reject contributions."),
    "export": Entry(
        "collect_export", "Write contributions as a data set with a manifest, or the list of withdrawn ones."
    ),
    "withdraw": Entry("collect_withdraw", "Withdraw contributions for someone who asks for it."),
}
SWEEP_COMMANDS = {
    "run": Entry(
        "sweep_run",
        "Train many configurations, and write their results in one table. "
        "`lenet sweep CONFIG.toml` is the same.",
    ),
    "report": Entry("sweep_report", "Report on a sweep: frontier, factors that matter, and the winner."),
    "export": Entry("sweep_export", "Export the results of a sweep to MLflow or trackio."),
}
GROUPS: dict[str, tuple[str, dict[str, Entry]]] = {
    "data": ("Download EMNIST, or describe data sets.", DATA_COMMANDS),
    "collect": ("Count, moderate, export or withdraw collected handwriting.", COLLECT_COMMANDS),
    "sweep": ("Train many configurations; report on them or export their results.", SWEEP_COMMANDS),
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
    for name, entry in COMMANDS.items():
        _add(commands, name, entry)
    for group, (summary, members) in GROUPS.items():
        words = commands.add_parser(group, help=summary, description=summary)
        group_commands = words.add_subparsers(title="commands", metavar="COMMAND", required=True)
        for name, entry in members.items():
            _add(group_commands, name, entry)
    return top


def _add(commands: SubParsers, name: str, entry: Entry) -> None:
    def add_arguments(sub: Parser) -> None:
        command = entry.load()
        sub.epilog = command.EPILOG
        sub.set_defaults(run=command.run, entry=entry)
        command.add_arguments(sub)

    commands.add_parser(
        name,
        aliases=ALIASES.get(name, []),
        help=entry.summary,
        description=entry.summary,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_arguments=add_arguments,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status, which `lenet --help` explains."""
    _open_closed_streams()
    words, renamed = with_new_names(sys.argv[1:] if arguments is None else arguments)
    words = _with_sweep_run(words)
    try:
        args = parser().parse_args(words)  # imports the command
    except LenetError as error:
        print(f"lenet: {error}", file=sys.stderr)
        return _status(error)
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
        status = _status(error)
        return FAILED if args.entry is COMMANDS["predict"] and status != USAGE else status
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


def _with_sweep_run(words: list[str]) -> list[str]:
    """Return the arguments with the word `run` after `sweep`, which may be left out before a TOML file."""
    is_short = words[:1] == ["sweep"] and not SWEEP_COMMANDS.keys() & words[1:2]
    if is_short and any(word.lower().endswith(".toml") for word in words[1:]):
        return ["sweep", "run", *words[1:]]
    return words


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
    if isinstance(error, UsageError):
        return USAGE
    if isinstance(error, MissingDependencyError):
        return MISSING_DEPENDENCY
    return ENGINE_FAILED if isinstance(error, EngineError) else FAILED
