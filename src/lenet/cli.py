"""The command line: arguments in, text out; the work is done by the modules above it."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from lenet.errors import LenetError

INTERRUPTED, BROKEN_PIPE = 130, 141  # 128 + the signal's number, as shells count


class _Parser(argparse.ArgumentParser):
    """argparse with errors of one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def _number(kind: type, low: float, high: float) -> Callable[[str], Any]:
    """A parser of numbers within low..high."""
    limits = f"{low:,}..{high:,}"

    def parse(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            word = "an integer" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"{text!r} is not {word} of {limits}")
        return value

    return parse


def _architecture(name: str) -> str:
    """A parser of names of architectures."""
    from lenet.architectures import named

    try:
        named(name)
    except LenetError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return name


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="lenet", description="Train a LeNet on handwritten letters and draw letters for it."
    )
    parser.add_argument("--version", action="version", version=f"lenet {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[..., int], about: str, example: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=about,
            description=about,
            epilog=f"examples:\n{example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(run=run)
        return sub

    def model(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--model", type=Path, metavar="FILE", help="model file (default: the shipped one)"
        )

    draw = command(
        "draw",
        _draw,
        "Open the page to draw letters on.",
        "  lenet draw\n  lenet draw --model runs/first/model.safetensors --port 8080 --no-browser",
    )
    model(draw)
    draw.add_argument(
        "--port",
        type=_number(int, 1, 65535),
        help="port on 127.0.0.1 (default: 8000 or the next free one)",
    )
    draw.add_argument("--no-browser", action="store_true", help="only serve; open no browser")

    predict = command(
        "predict",
        _predict,
        "Say which letters are in files.",
        "  lenet predict photo.png\n  lenet predict --json drawings.jsonl.gz letters.npz\n"
        "  cat drawings.jsonl | lenet predict -",
    )
    predict.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="strokes (.jsonl, .jsonl.gz), picture, .npz of letters; -: JSONL from standard input",
    )
    model(predict)
    predict.add_argument("--json", action="store_true", help="one JSON object a letter")

    train = command(
        "train",
        _train,
        "Train a network; writes model, history and plot to a folder.",
        "  lenet train --data letters.npz --epochs 10 --out runs/first\n"
        "  lenet train --data unipen_train sd19_letters --arch lenet5 --out runs/second",
    )
    train.add_argument(
        "--data",
        nargs="+",
        required=True,
        metavar="SPEC",
        help="stroke file, .npz, EMNIST images file, or a name in the shared folder",
    )
    train.add_argument(
        "--arch",
        type=_architecture,
        default="holzweber2021",
        metavar="NAME",
        help="holzweber2021 (default) or lenet5",
    )
    train.add_argument(
        "--epochs", type=_number(int, 1, 100_000), default=30, metavar="N", help="default 30"
    )
    train.add_argument(
        "--seed",
        type=_number(int, 0, 2**32 - 1),
        default=0,
        metavar="N",
        help="default 0; same seed, same weights",
    )
    train.add_argument(
        "--threads",
        type=_number(int, 1, 64),
        default=min(64, os.cpu_count() or 1),
        metavar="N",
        help="default: all cores; the result does not depend on it",
    )
    train.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for model.safetensors, history.json, history.png",
    )
    train.add_argument(
        "--batch",
        type=_number(int, 1, 65536),
        default=256,
        metavar="N",
        help="images a step (default 256)",
    )
    train.add_argument(
        "--rate",
        type=_number(float, 0, 1e6),
        default=1e-2,
        metavar="X",
        help="peak learning rate (default 0.01)",
    )
    train.add_argument("--plain", action="store_true", help="no augmentation")
    train.add_argument(
        "--pens",
        nargs=2,
        type=_number(float, 0.02, 1),
        default=(0.09, 0.22),
        metavar=("LOW", "HIGH"),
        help="strokes: pen widths (default 0.09 0.22)",
    )
    train.add_argument(
        "--copies",
        type=_number(int, 1, 100),
        default=1,
        metavar="N",
        help="strokes: images of each drawing (default 1)",
    )
    train.add_argument(
        "--per-drawer",
        type=_number(int, 1, 10**9),
        metavar="N",
        help="strokes: at most so many drawings of one person",
    )

    evaluate = command(
        "evaluate",
        _evaluate,
        "Measure how often a model is right.",
        "  lenet evaluate --data omniglot_latin unipen_dev\n"
        "  lenet evaluate --model runs/first/model.safetensors --data letters.npz --json",
    )
    model(evaluate)
    evaluate.add_argument("--data", nargs="+", required=True, metavar="SPEC", help="as for train")
    evaluate.add_argument("--json", action="store_true", help="one JSON object a data set")
    return parser


def _version() -> str:
    from lenet import __version__

    return __version__


def _draw(options: argparse.Namespace) -> int:
    from lenet.recognizer import SHIPPED, load
    from lenet.server import serve

    load(options.model)  # an unusable model is an error here, not on the page
    serve(options.model or SHIPPED, port=options.port, open_browser=not options.no_browser)
    return 0


def _predict(options: argparse.Namespace) -> int:
    from lenet.prediction import predict_files

    def say(error: LenetError) -> None:
        print(f"lenet predict: {error}", file=sys.stderr)

    return predict_files(options.files, options.model, as_json=options.json, complain=say)


def _train(options: argparse.Namespace) -> int:
    from lenet.commands import train

    return train(options)


def _evaluate(options: argparse.Namespace) -> int:
    from lenet.commands import evaluate

    return evaluate(options)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status: 0 done, 1 failed, 2 bad arguments."""
    options = _parser().parse_args(arguments)
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


if __name__ == "__main__":
    sys.exit(main())
