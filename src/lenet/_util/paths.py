"""Folders of data sets and caches."""

from __future__ import annotations

import os
from pathlib import Path


def data_folder() -> Path:
    """Return the folder of downloads and caches, which need not exist.

    LENET_DATA names it; by default it is the platform's cache folder, such as ~/.cache/lenet.
    """
    if named := os.environ.get("LENET_DATA"):
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("lenet", appauthor=False)


def shared_folder() -> Path | None:
    """Return the folder of named data sets, or None if there is none.

    LENET_SHARED names it; by default it is ../shared, beside the current folder or beside the
    checkout that this package is run from.
    """
    if named := os.environ.get("LENET_SHARED"):
        return Path(named)
    places = [Path("..")]
    root = Path(__file__).resolve().parents[3]
    if (root / "pyproject.toml").is_file():
        places.append(root.parent)
    return next((place / "shared" for place in places if (place / "shared").is_dir()), None)
