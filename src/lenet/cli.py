"""The command line: arguments in, text out; the work is done by the modules above it."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, cast

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


def _named(module: str) -> Callable[[str], str]:
    """A parser of the names that `lenet.MODULE.named` knows."""

    def parse(name: str) -> str:
        try:
            importlib.import_module(f"lenet.{module}").named(name)
        except LenetError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        return name

    return parse


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="lenet", description="Train a LeNet on handwritten letters and draw letters for it."
    )
    parser.add_argument("--version", action="version", version=f"lenet {_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[..., int], about: str, example: str, among: Any = commands
    ) -> argparse.ArgumentParser:
        sub = among.add_parser(
            name,
            help=about,
            description=about,
            epilog=f"examples:\n{example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(run=run)
        return cast(argparse.ArgumentParser, sub)

    def model(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--model",
            metavar="MODEL",
            help="a file, or one of the package by name: modern-s (default), holzweber2021",
        )

    def tta(sub: argparse.ArgumentParser, whose: str = "") -> None:
        sub.add_argument(
            "--tta",
            type=_number(int, 1, 9),
            default=1,
            metavar="N",
            help=f"answer{whose} with the mean over N versions of each image, shifted, turned and "
            "slanted a little: more is right, and it takes N times as long (default 1; best 9)",
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
    tta(predict)
    predict.add_argument("--json", action="store_true", help="one JSON object a letter")

    train = command(
        "train",
        _train,
        "Train a network; writes model, history and plot to a folder.",
        "  lenet train --out runs/first\n"
        "  lenet train --data letters.npz glyphs --epochs 10 --out runs/second\n"
        "  lenet train --data sd19_letters --arch lenet5 --rate 0.003 --out runs/third",
    )
    train.add_argument(
        "--data",
        nargs="+",
        default=["glyphs"],
        metavar="SPEC",
        help="emnist:SPLIT, stroke file, .npz, EMNIST images file, or a name in the shared folder "
        "(default: glyphs, the letters of handwriting fonts that the package carries)",
    )
    train.add_argument(
        "--shares",
        nargs="+",
        default=[],
        type=_number(float, 0, 1e6),
        metavar="X",
        help="how much of an epoch each of --data makes up (default: as much as it has images)",
    )
    train.add_argument(
        "--arch",
        type=_named("architectures"),
        default="holzweber2021",
        metavar="NAME",
        help="default: holzweber2021; `lenet architectures` lists them",
    )
    train.add_argument(
        "--recipe",
        type=_named("recipes"),
        default="best",
        metavar="NAME",
        help="best (default), or holzweber2021: that of the published notebook",
    )
    train.add_argument(
        "--epochs", type=_number(int, 1, 100_000), metavar="N", help="default: the recipe's"
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
        metavar="N",
        help="images a step (default: the recipe's)",
    )
    train.add_argument(
        "--rate",
        type=_number(float, 0, 1e6),
        metavar="X",
        help="learning rate, of best its peak (default: the recipe's)",
    )
    train.add_argument(
        "--teachers",
        nargs="+",
        default=[],
        type=Path,
        metavar="FILE",
        help="models whose answers are learned beside the labels",
    )
    train.add_argument(
        "--resume",
        action="store_true",
        help="go on where a training with the same data and options was stopped or killed",
    )
    train.add_argument(
        "--balance",
        type=_number(float, 0, 1),
        metavar="X",
        help="0: each image as often as the others; 1: each letter (default: the recipe's)",
    )
    train.add_argument(
        "--nonletters",
        type=_number(float, 0, 10),
        metavar="X",
        help="how many made drawings that are no letter are learned to be declined, for each "
        "letter (default: the recipe's)",
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
        "--pen",
        type=_number(float, 0.02, 1),
        default=0.17,
        metavar="X",
        help="how wide strokes are drawn for the trained network to answer (default 0.17)",
    )
    train.add_argument(
        "--copies",
        type=_number(int, 1, 100),
        default=1,
        metavar="N",
        help="strokes: images of each drawing (default 1)",
    )
    train.add_argument(
        "--unsteady",
        action="store_true",
        help="strokes: every other copy as if drawn by a less steady hand",
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
        "  lenet evaluate --model runs/first/model.safetensors --data letters.npz --json\n"
        "  lenet evaluate --data omniglot_latin unipen_dev --report report\n"
        "  lenet evaluate --model runs/second/model.safetensors --data unipen_dev \\\n"
        "    --against runs/first/model.safetensors --report report",
    )
    model(evaluate)
    evaluate.add_argument("--data", nargs="+", required=True, metavar="SPEC", help="as for train")
    tta(evaluate, ", but not for --against,")
    evaluate.add_argument(
        "--report", type=Path, metavar="DIR", help="folder for index.html and report.json"
    )
    evaluate.add_argument(
        "--against", metavar="MODEL", help="another model, compared image by image"
    )
    evaluate.add_argument("--json", action="store_true", help="one JSON object a data set")

    card = command(
        "card",
        _card,
        "Print a model's card: data, licences, recipe, figures, limits, as Markdown.",
        "  lenet card\n"
        "  lenet card --model runs/first/model.safetensors --data unipen_dev > card.md",
    )
    model(card)
    card.add_argument(
        "--data",
        nargs="+",
        default=[],
        metavar="SPEC",
        help="measured for the card, as `lenet evaluate` does",
    )

    architectures = command(
        "architectures",
        _architectures,
        "List the networks that can be trained, or show one layer by layer.",
        "  lenet architectures\n  lenet architectures lenet5",
    )
    architectures.add_argument(
        "name", nargs="?", type=_named("architectures"), metavar="NAME", help="the one to show"
    )

    data = commands.add_parser("data", help="Get data sets, or look at them.").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    fetch = command(
        "fetch",
        _data("fetch"),
        "Get EMNIST: of NIST's zip only what is needed.",
        "  lenet data fetch emnist\n  lenet data fetch emnist --split letters digits --to ~/data\n"
        "  lenet data fetch emnist --from ~/Downloads/gzip.zip",
        data,
    )
    fetch.add_argument("what", choices=["emnist"], help="emnist")
    fetch.add_argument(
        "--split",
        nargs="+",
        default=["letters"],
        metavar="NAME",
        help="byclass, bymerge, balanced, letters (default), digits, mnist",
    )
    fetch.add_argument(
        "--from",
        dest="origin",
        metavar="URL|PATH",
        help="zip with the files in it (default: NIST's)",
    )
    fetch.add_argument(
        "--to",
        type=Path,
        metavar="DIR",
        help="data folder (default: that of LENET_DATA, else the platform's cache folder)",
    )
    fetch.add_argument(
        "--unchecked", action="store_true", help="take files whose SHA-256 is not NIST's"
    )

    info = command(
        "info",
        _data("info"),
        "Say what is in data sets: counts, sources, licences, copies.",
        "  lenet data info emnist:letters emnist:letters:test\n"
        "  lenet data info letters.npz mine/ --report runs/data",
        data,
    )
    info.add_argument("specs", nargs="+", metavar="SPEC", help="as for train")
    info.add_argument(
        "--report",
        type=Path,
        metavar="DIR",
        help="folder for a page with pictures, near copies and suspicious labels",
    )
    info.add_argument(
        "--model",
        type=Path,
        metavar="FILE",
        help="judges the labels (default: networks trained on two thirds of the data each)",
    )
    return parser


def _version() -> str:
    from lenet import __version__

    return __version__


def _draw(options: argparse.Namespace) -> int:
    from lenet.recognizer import load, model_path
    from lenet.server import serve

    load(options.model)  # an unusable model is an error here, not on the page
    serve(model_path(options.model), port=options.port, open_browser=not options.no_browser)
    return 0


def _predict(options: argparse.Namespace) -> int:
    from lenet.prediction import predict_files

    def say(error: LenetError) -> None:
        print(f"lenet predict: {error}", file=sys.stderr)

    return predict_files(
        options.files, options.model, as_json=options.json, versions=options.tta, complain=say
    )


def _train(options: argparse.Namespace) -> int:
    from lenet.commands import train

    return train(options)


def _evaluate(options: argparse.Namespace) -> int:
    from lenet.commands import evaluate

    return evaluate(options)


def _card(options: argparse.Namespace) -> int:
    from lenet.commands import card

    return card(options)


def _data(name: str) -> Callable[[argparse.Namespace], int]:
    """What runs `lenet data NAME`."""

    def run(options: argparse.Namespace) -> int:
        status: int = getattr(importlib.import_module("lenet.data_commands"), name)(options)
        return status

    return run


def _architectures(options: argparse.Namespace) -> int:
    from lenet.architectures import architecture
    from lenet.architectures.text import description, overview

    print(description(architecture(options.name)) if options.name else overview())
    return 0


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
