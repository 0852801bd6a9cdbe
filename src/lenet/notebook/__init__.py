"""What a notebook needs of the place it runs in: letters, which may have to be fetched first, and
the page, which may have to be shown in a frame.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from lenet._util.paths import data_folder
from lenet.datasets.emnist import files as emnist_files
from lenet.datasets.emnist import splits as emnist
from lenet.datasets.emnist.fetch import EMNIST, fetch
from lenet.errors import LenetError
from lenet.inference import recognizer
from lenet.server.server import Frame, PageServer, start

COLAB = Frame(
    ("https://colab.research.google.com", "https://*.googleusercontent.com", "https://*.colab.dev"),
    (".googleusercontent.com", ".colab.dev"),
)
"""Google Colab: its notebook, the frames that its outputs stand in, and its proxies."""


def find_letters(wanted: str = "emnist:letters") -> tuple[str, str]:
    """SPECs of letters to train on and of others to measure on, which it prints.

    wanted  a split of EMNIST, such as "emnist:letters": it is fetched from NIST where it is not
            there yet; where that fails, glyphs take its place, and the print says so and why. Of
            any other SPEC four fifths are to train on.

    Raises LenetError for a split that does not exist.
    """
    train, test = f"{wanted}:train", f"{wanted}:test"
    if wanted.startswith("emnist:"):
        split = emnist.named(wanted.removeprefix("emnist:")).name
        try:
            _get(split)
            train, test = f"{wanted}:train", f"{wanted}:test"
        except LenetError as error:
            print(f"{wanted} is not here and cannot be fetched ({error}).")
            print("In its place: glyphs, letters of handwriting fonts. This is not EMNIST.")
            train, test = "font-letters:train", "font-letters:test"
    print(f"To train on: {train}. To measure on: {test}.")
    return train, test


def _get(split: str) -> None:
    """Fetches a split of EMNIST unless both its parts are there."""
    try:
        for part in ("train", "test"):
            emnist_files.from_spec(f"emnist:{split}:{part}", "train")
    except LenetError:
        from tqdm import tqdm

        print(f"Fetching emnist:{split} from NIST ...", flush=True)
        shown: dict[str, Any] = {"unit": "B", "unit_scale": True, "unit_divisor": 1024}
        with tqdm(**shown, file=sys.stdout, leave=False) as bar:
            fetch([split], EMNIST, data_folder() / "emnist", bar)


def draw(model: str | Path | None = None, height: int = 900) -> PageServer:
    """Serves the page with a model: on Colab in a frame below the cell, elsewhere its address is
    printed. It runs until `shutdown()` or until the notebook's kernel ends.

    model   a file, or the name of a model of the package
    height  of the frame, in pixels

    Raises LenetError for a model that cannot be used.
    """
    recognizer.load(model)  # an unusable model is an error here, not on the page
    colab = _colab()
    server = start(recognizer.model_path(model), None, COLAB if colab else None)
    if colab:
        colab.serve_kernel_port_as_iframe(server.server_port, height=str(height))
    else:
        print(f"The page is at {server.url} in a browser on this machine.")
    return server


def _colab() -> Any:
    """Colab's module of outputs; None elsewhere."""
    try:
        return importlib.import_module("google.colab.output")
    except ImportError:
        return None
