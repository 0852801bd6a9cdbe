"""Where data sets lie."""

from __future__ import annotations

import os
from pathlib import Path


def data_folder() -> Path:
    """The folder of downloads and caches: what LENET_DATA names, else the platform's folder for
    what can be made again, such as ~/.cache/lenet; it need not exist."""
    if named := os.environ.get("LENET_DATA"):
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("lenet", appauthor=False)


def shared_folder() -> Path | None:
    """The folder of data sets that go by name: what LENET_SHARED names, else ../shared, seen from
    the current folder or from the checkout that this package is run from."""
    if named := os.environ.get("LENET_SHARED"):
        return Path(named)
    places = [Path("..")]
    root = Path(__file__).resolve().parents[3]
    if (root / "pyproject.toml").is_file():
        places.append(root.parent)
    return next((place / "shared" for place in places if (place / "shared").is_dir()), None)
