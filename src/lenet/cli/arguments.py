"""Argument types, and arguments that several commands share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from lenet._util.suggest import closest, did_you_mean
from lenet.errors import LenetError

if TYPE_CHECKING:
    from lenet.datasets import ImageLayout
    from lenet.ink import Orientation

Number = TypeVar("Number", int, float)

DATASET_HELP = """a DATASET is one of:
  emnist:letters        a split of EMNIST, in any of its file formats; `lenet data fetch emnist`
                        downloads it. Training reads its training part, evaluation its test part.
                        emnist:letters:test names a part, emnist:letters@PLACE a file or folder
  FILE                  drawings (JSON, UNIPEN, InkML), images (.npz), EMNIST's IDX or CSV, Kaggle's A-Z
  FOLDER/               pictures in one folder for each class: FOLDER/A/1.png
  font-letters          letters of handwriting fonts, which the package carries
  NAME                  a file of that name in ../shared, or in the folder that the environment
                        variable LENET_SHARED names
  DATASET:test, :train  a fixed 80/20 split of a data set
docs/reference/data.md describes the formats."""


class UsageError(LenetError):
    """Arguments do not fit together; the program ends with exit status 2."""


class Parser(argparse.ArgumentParser):
    """Parse arguments; report an error in one line, with the command or option that may be meant."""

    def __init__(self, *, add_arguments: Callable[[Parser], None] | None = None, **options: Any) -> None:
        """Take ArgumentParser's options; names of options cannot be abbreviated.

        Args:
            add_arguments: adds the arguments once they are needed, so that their modules are
                imported for the command that is used.
            options: of ArgumentParser.
        """
        super().__init__(**{"allow_abbrev": False, **options})
        self._add_arguments = add_arguments

    def complete(self) -> Parser:
        """Add the arguments unless they are there; return the parser."""
        add_arguments, self._add_arguments = self._add_arguments, None
        if add_arguments:
            add_arguments(self)
        return self

    def parse_known_args(  # type: ignore[override]  # overloads for other namespaces
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse arguments as ArgumentParser does; report an unknown option before all other errors."""
        self.complete()
        words = sys.argv[1:] if args is None else list(args)
        for word in words:
            name = word.partition("=")[0]
            if word == "--" or (self._subparsers and not word.startswith("-")):
                break  # what follows are not options, or another parser's
            if name.startswith("--") and " " not in name and name not in self._option_string_actions:
                self.error(_unknown_option(name, self._option_string_actions))
        return super().parse_known_args(words, namespace)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if isinstance(action, argparse._SubParsersAction) and value not in action.choices:
            hint = did_you_mean(value, action.choices) or f"there are {', '.join(action.choices)}"
            self.error(f"{value}: no such command; {hint}")
        super()._check_value(action, value)

    def error(self, message: str) -> NoReturn:
        """End the program with exit status 2."""
        text = message.removeprefix("argument ")
        self.exit(2, f"{self.prog}: {text}{'' if text.endswith('?') else ';'} see {self.prog} --help\n")


def _unknown_option(name: str, known: Iterable[str]) -> str:
    close = closest(name[2:], [option[2:] for option in known if option.startswith("--")])
    return f"{name}: no such option" + (f"; did you mean --{close}?" if close else "")


def integer(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of integers within low..high."""
    return _number(int, "an integer", low, high)


def real(low: float, high: float) -> Callable[[str], float]:
    """Return a parser of numbers within low..high."""
    return _number(float, "a number", low, high)


def _number(kind: Callable[[str], Number], name: str, low: Number, high: Number) -> Callable[[str], Number]:
    def parse(text: str) -> Number:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {name}") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be between {low:.12g} and {high:.12g}")
        return value

    return parse


def pen_width(text: str) -> float:
    """Return a pen width: a fraction of the longer side of a drawing's bounding box."""
    from lenet.engine.abi import MAX_PEN, MIN_PEN

    return real(MIN_PEN, MAX_PEN)(text)


def architecture(name: str) -> str:
    """Return the name of an architecture, if there is one of that name."""
    from lenet.models import get_spec

    return _checked(get_spec, name)


def recipe(name: str) -> str:
    """Return the name of a recipe, if there is one of that name."""
    from lenet.training.recipes import get_recipe

    return _checked(get_recipe, name)


def _checked(look_up: Callable[[str], object], name: str) -> str:
    try:
        look_up(name)
    except LenetError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return name


def add_image_layout(parser: argparse._ActionsContainer) -> None:
    """Add --orientation and --invert, which tell how the images of data sets are stored."""
    add_orientation(
        parser, "how the images are stored", "; EMNIST by its name and drawings are upright already"
    )
    parser.add_argument(
        "--invert", action="store_true", help="the images in files of the data are dark ink on a light ground"
    )


def add_ray(parser: argparse._ActionsContainer) -> None:
    """Add --ray, which `executors.opening.open_executor` takes."""
    parser.add_argument(
        "--ray",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="run on a Ray cluster: HOST:PORT, or auto for the one of this machine; "
        "without ADDRESS, on a Ray of this program (needs `pip install 'lenet[ray]'`)",
    )


def add_orientation(parser: argparse._ActionsContainer, meaning: str, note: str = "") -> None:
    """Add --orientation; the help has its meaning, and a note on the default."""
    from lenet.ink import Orientation

    parser.add_argument(
        "--orientation",
        type=_orientation,
        default=Orientation.UPRIGHT,
        metavar="NAME",
        help=f"{meaning}: {', '.join(Orientation)}, or emnist = transposed (default: upright{note})",
    )


def _orientation(name: str) -> Orientation:
    """Return the orientation of that name."""
    from lenet.ink import Orientation

    try:
        return Orientation(name)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(Orientation)}") from None


def image_layout(args: argparse.Namespace) -> ImageLayout:
    """Return the values of the arguments of `add_image_layout`."""
    from lenet.datasets import ImageLayout

    return ImageLayout(args.orientation, args.invert)


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add --model, the model that predicts."""
    from lenet.models import DEFAULT_MODEL, pretrained_names

    parser.add_argument(
        "--model",
        metavar="MODEL",
        help="model file of `lenet train`, or the name of a pretrained model: "
        f"{', '.join(pretrained_names())} (default: {DEFAULT_MODEL.stem})",
    )
