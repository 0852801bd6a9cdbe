"""Fixtures of servers that collect."""

from collecting_site import (  # noqa: F401
    collector,
    consent_file,
    empty_database,
    make_site,
    page,
    recognizer,
    site,
)
from exporting import exported  # noqa: F401
from lesson import class_folder, lesson  # noqa: F401
