"""A parser of arguments with errors of one line, and the kinds of arguments that it knows."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from typing import Any, NoReturn

from lenet.errors import LenetError


class Parser(argparse.ArgumentParser):
    """argparse with errors of one line."""

    def error(self, message: str) -> NoReturn:
        """Ends the program with status 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def number(kind: type, low: float, high: float) -> Callable[[str], Any]:
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


def named(module: str) -> Callable[[str], str]:
    """A parser of the names that `lenet.MODULE.named` knows."""

    def parse(name: str) -> str:
        try:
            importlib.import_module(f"lenet.{module}").named(name)
        except LenetError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        return name

    return parse
