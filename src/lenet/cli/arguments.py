"""Argument types, and arguments that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, TypeVar

from lenet.engine.abi import MAX_PEN, MIN_PEN
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
  DATASET:test, :train  a part of any other data set: a fixed fifth for testing, the rest for training
docs/reference/data.md describes the formats."""


class Parser(argparse.ArgumentParser):
    """Parse arguments; report an error in one line."""

    def error(self, message: str) -> NoReturn:
        """End the program with exit status 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


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
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not {name} of {low:,}..{high:,}")
        return value

    return parse


PEN_WIDTH = real(MIN_PEN, MAX_PEN)
"""A pen width: a fraction of the longer side of a drawing's bounding box."""


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
    from lenet.ink import Orientation

    parser.add_argument(
        "--orientation",
        type=orientation,
        default=Orientation.UPRIGHT,
        metavar="NAME",
        help=f"orientation of the images in files and folders of the data: {', '.join(Orientation)}, or "
        "emnist = transposed (default: upright; EMNIST by its name and drawings are upright already)",
    )
    parser.add_argument(
        "--invert", action="store_true", help="the images in files of the data are dark ink on a light ground"
    )


def orientation(name: str) -> Orientation:
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
