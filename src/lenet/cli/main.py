"""The command line: arguments in, text out; the work is done by the modules above it."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence

from lenet.cli.arguments import Run, parser
from lenet.errors import LenetError

INTERRUPTED, BROKEN_PIPE = 130, 141  # 128 + the signal's number, as shells count


def _draw(options: argparse.Namespace) -> int:
    from lenet.inference.recognizer import load, model_path
    from lenet.server.server import serve

    load(options.model)  # an unusable model is an error here, not on the page
    serve(model_path(options.model), port=options.port, open_browser=not options.no_browser)
    return 0


def _predict(options: argparse.Namespace) -> int:
    from lenet.inference.prediction import predict_files

    def say(error: LenetError) -> None:
        print(f"lenet predict: {error}", file=sys.stderr)

    return predict_files(options.files, options.model, as_json=options.json, complain=say)


def _of(module: str, name: str) -> Run:
    """A function of a module that is imported when it is called."""

    def run(options: argparse.Namespace) -> int:
        status: int = getattr(importlib.import_module(f"lenet.cli.{module}"), name)(options)
        return status

    return run


def _architectures(options: argparse.Namespace) -> int:
    from lenet.models import architecture
    from lenet.models.summary import description, overview

    print(description(architecture(options.name)) if options.name else overview())
    return 0


RUN: dict[str, Run] = {
    "draw": _draw,
    "predict": _predict,
    "train": _of("commands", "train"),
    "evaluate": _of("commands", "evaluate"),
    "card": _of("commands", "card"),
    "export": _of("exchange_commands", "export"),
    "import": _of("exchange_commands", "import_"),
    "architectures": _architectures,
    "data fetch": _of("data_commands", "fetch"),
    "data info": _of("data_commands", "info"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status: 0 done, 1 failed, 2 bad arguments."""
    options = parser(RUN).parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # A file's name may not fit the terminal's encoding.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except LenetError as error:
        print(f"lenet: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader left; Python must not try to flush again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        print(f"lenet: {error.strerror or error}", file=sys.stderr)
    except MemoryError:
        print("lenet: not enough memory; give less data at once", file=sys.stderr)
    return 1
