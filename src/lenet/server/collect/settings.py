"""The settings of collecting, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lenet.errors import LenetError

PER_MINUTE = 60  # requests of a contributor
MAX_NAME = 60  # characters of a class's name


@dataclass(frozen=True)
class CollectConfig:
    """Settings of collecting: into a database, or in a class.

    Attributes:
        consent: the file of the consent text.
        database: a path, sqlite:///PATH or postgresql://USER@HOST/NAME; None for a class.
        class_name: name of the class, which has a temporary database; None without one.
        per_minute: requests that a contributor may send in a minute.
        owner_token: admits to moderation; None: nobody.

    Raises:
        LenetError: both or neither of database and class, or a name that cannot be shown.
    """

    consent: Path
    database: str | None = field(default=None, repr=False)  # it may have a password
    class_name: str | None = None
    per_minute: int = PER_MINUTE
    owner_token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.database is None) == (self.class_name is None):
            raise LenetError("--class: has a database of its own; give either --collect or --class")
        name = self.class_name
        if name is not None and not (name.strip() and name.isprintable() and len(name) <= MAX_NAME):
            raise LenetError(
                f"--class: {name!r:.40} is not a name; give 1 to {MAX_NAME} printable characters"
            )

    @property
    def page_word(self) -> str:
        """The word for the page's meta element."""
        return "collect" if self.class_name is None else "class"
