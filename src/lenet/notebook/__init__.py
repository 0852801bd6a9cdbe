"""Helpers for notebooks, on this machine or on Colab: find data, and show the page."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lenet._util.paths import data_folder
from lenet.datasets.emnist import files as emnist_files
from lenet.datasets.emnist.fetch import EMNIST, fetch
from lenet.datasets.emnist.splits import get_split
from lenet.errors import LenetError
from lenet.inference import recognizer
from lenet.server.config import Frame, ServerConfig

if TYPE_CHECKING:
    from lenet.server.run import RunningServer

COLAB = Frame(
    ("https://colab.research.google.com", "https://*.googleusercontent.com", "https://*.colab.dev"),
    (".googleusercontent.com", ".colab.dev"),
)
"""Google Colab: the origins of its notebooks and output frames, and the names of its proxies."""


def find_letters(wanted: str = "emnist:letters") -> tuple[str, str]:
    """Return a training set and a test set, by their names, and print them.

    Args:
        wanted: a split of EMNIST, such as "emnist:letters". It is fetched from NIST where it is
            missing; where that fails, `font-letters` replaces it, and the output says so and why.
            Any other data set is split into four fifths and a fifth.

    Raises:
        LenetError: EMNIST has no split of that name.
    """
    train, test = f"{wanted}:train", f"{wanted}:test"
    if wanted.startswith("emnist:"):
        split = get_split(wanted.removeprefix("emnist:")).name
        try:
            _get(split)
        except LenetError as error:
            print(f"{wanted} is not here and cannot be fetched ({error}).")
            print("Using font-letters instead, letters of handwriting fonts. This is not EMNIST.")
            train, test = "font-letters:train", "font-letters:test"
    print(f"To train on: {train}. To measure on: {test}.")
    return train, test


def _get(split: str) -> None:
    """Fetch a split of EMNIST unless both its parts are there."""
    try:
        for part in ("train", "test"):
            emnist_files.from_spec(f"emnist:{split}:{part}", "train")
    except LenetError:
        from tqdm import tqdm

        print(f"Fetching emnist:{split} from NIST ...", flush=True)
        with tqdm(unit="B", unit_scale=True, unit_divisor=1024, file=sys.stdout, leave=False) as bar:
            fetch([split], EMNIST, data_folder() / "emnist", bar)


def draw(model: str | Path | None = None, height: int = 900) -> RunningServer:
    """Serve the page with a model until `shutdown()` or the end of the notebook's kernel.

    On Colab a frame below the cell shows the page; elsewhere its address is printed.

    Args:
        model: a model file, or the name of a pretrained model.
        height: height of the frame, in pixels.

    Raises:
        LenetError: the model cannot be used.
    """
    from lenet.server.run import start

    colab = _colab()
    frame = COLAB if colab else None
    server = start(ServerConfig(model=recognizer.model_path(model), port=None, frame=frame))
    if colab:
        colab.serve_kernel_port_as_iframe(server.port, height=str(height))
    else:
        print(f"The page is at {server.url} in a browser on this machine.")
    return server


def _colab() -> Any:  # Colab's module has no types
    """Return Colab's module of outputs; None elsewhere."""
    try:
        return importlib.import_module("google.colab.output")
    except ImportError:
        return None
