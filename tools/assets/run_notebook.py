"""Runs the notebook from top to bottom and writes it with its outputs, in place by default.

python tools/assets/run_notebook.py [--to FILE] [--folder DIR]

What it writes depends on the notebook, the package and the data alone: nothing of the person's
settings comes in, and no times or names of this machine stay.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "lenet_emnist_letters.ipynb"
SECONDS = 1800  # a cell may take: 45 epochs of EMNIST on a slow machine
METADATA = {
    "colab": {"provenance": []},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def run(to: Path, folder: Path, private: Path) -> None:
    """Run the notebook with `folder` as the current one, and write it to a file.

    private  a folder for the sockets of its kernel

    Raises nbclient.exceptions.CellExecutionError, before anything is written, for a cell that does.
    """
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    sockets = {"transport": "ipc", "ip": str(private / "kernel")}  # no port that others can reach
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        config=Config(KernelManager={} if os.name == "nt" else sockets),
        timeout=SECONDS,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    nbformat.write(notebook, to)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--to", type=Path, default=NOTEBOOK, help="the file to write")
    parser.add_argument("--folder", type=Path, help="where it runs (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
            os.environ[name] = f"{temporary}/{name.lower()}"
        run(options.to, options.folder or Path(temporary), Path(temporary))


if __name__ == "__main__":
    main()
