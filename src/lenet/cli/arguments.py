"""The whole command line: its commands, and what `--help` says about each."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from lenet import __version__
from lenet.cli import command_arguments as own
from lenet.cli.argument_types import Parser
from lenet.cli.exchange_arguments import FORMATS_HELP, READERS_HELP, add_export, add_import

Run = Callable[[argparse.Namespace], int]

SPECS = """a SPEC is one of:
  emnist:letters     EMNIST's split, in whatever form it lies on the disk; `lenet data fetch emnist`
                     gets it. To train on: its training part; to evaluate on: its test part
  FILE               drawings (JSON Lines), letters (.npz), UNIPEN's archive, an EMNIST images file
  FOLDER/            pictures, FOLDER/A/1.png
  glyphs             the letters of handwriting fonts that the package carries
  NAME               a file of that name in the folder that LENET_SHARED names, else ../shared
  SPEC:fifth, :rest  a fixed fifth of one of these, and all but that
docs/reference/data.md has the formats."""


def parser(run: Mapping[str, Run]) -> argparse.ArgumentParser:
    """The whole command line; what is called `run` in its result is that of the command's name,
    such as "train" or "data fetch"."""
    whole = Parser(
        prog="lenet",
        description="Train a LeNet on handwritten letters and draw letters for it.",
        epilog="`lenet draw` is the place to start: it opens a page that names what you draw.",
    )
    whole.add_argument("--version", action="version", version=f"lenet {__version__}")
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(
        name: str,
        add: Callable[[argparse.ArgumentParser], None],
        about: str,
        examples: str,
        more: str = "",
        among: Any = commands,
    ) -> None:
        """Adds a command with what `add` gives it; `more` follows its examples."""
        sub = among.add_parser(
            name.split()[-1],
            help=about,
            description=about,
            epilog=f"examples:\n{examples}" + (f"\n\n{more}" if more else ""),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(run=run[name])
        add(sub)

    command(
        "draw",
        own.draw,
        "Open the page to draw letters on.",
        "  lenet draw\n  lenet draw --model runs/first/model.safetensors --port 8080 --no-browser",
    )
    command(
        "predict",
        own.predict,
        "Say which letters are in files.",
        "  lenet predict photo.png\n"
        "  lenet predict --json drawings.jsonl.gz letters.npz\n"
        "  cat drawings.jsonl | lenet predict -",
    )
    command(
        "train",
        own.train,
        "Train a network; after EMNIST's training part, say how it does on the official test.",
        "  lenet train --out runs/first\n"
        "  lenet train --data letters.npz glyphs --epochs 10 --out runs/second\n"
        "  lenet train --data sd19_letters --arch lenet5 --rate 0.003 --out runs/third\n"
        "  lenet train --data emnist:letters --recipe best --out runs/emnist",
        SPECS,
    )
    command(
        "evaluate",
        own.evaluate,
        "Measure how often a model is right, and what it confuses.",
        "  lenet evaluate --data omniglot_latin unipen_dev\n"
        "  lenet evaluate --model runs/first/model.safetensors --data letters.npz --json\n"
        "  lenet evaluate --data omniglot_latin unipen_dev --report report\n"
        "  lenet evaluate --model runs/second/model.safetensors --data unipen_dev \\\n"
        "    --against runs/first/model.safetensors --report report",
        SPECS,
    )
    command(
        "card",
        own.card,
        "Print a model's card: data, licences, recipe, figures, limits, as Markdown.",
        "  lenet card\n  lenet card --model runs/first/model.safetensors --data unipen_dev > card.md",
        SPECS,
    )
    command(
        "export",
        add_export,
        "Write a model for other programs, each file proven in its own runtime.",
        "  lenet export --to onnx exports\n"
        "  lenet export --model runs/first/model.safetensors --to tfjs,litert,c exports\n"
        "  lenet export --model modern-l --to litert-int8 --data letters.npz exports",
        f"{FORMATS_HELP}\n\n{SPECS}",
    )
    command(
        "import",
        add_import,
        "Read a model of another program as one of this program's.",
        "  lenet import tfjs/ --out model.safetensors\n"
        "  lenet import emnist.h5 --out model.safetensors --transposed\n"
        "  lenet import model.onnx --out model.safetensors --input=-1..1\n"
        "  lenet import state.safetensors --arch lenet5-relu --drop-first --out model.safetensors",
        READERS_HELP,
    )
    command(
        "architectures",
        own.architectures,
        "List the networks that can be trained, or show one layer by layer.",
        "  lenet architectures\n  lenet architectures lenet5",
    )
    about = "Get EMNIST, or look at what is in data sets."
    data = commands.add_parser("data", help=about, description=about).add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    command(
        "data fetch",
        own.fetch,
        "Get EMNIST: of NIST's zip only what is needed.",
        "  lenet data fetch emnist\n"
        "  lenet data fetch emnist --split letters digits --to ~/data\n"
        "  lenet data fetch emnist --from ~/Downloads/gzip.zip",
        among=data,
    )
    command(
        "data info",
        own.info,
        "Say what is in data sets: counts, sources, licences, copies, suspicious labels.",
        "  lenet data info emnist:letters emnist:letters:test\n"
        "  lenet data info letters.npz mine/ --report runs/data",
        SPECS,
        among=data,
    )
    return whole
