"""Values of a class: its members, what the projector shows, and the interface of the class."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec


class Role(StrEnum):
    """Role of a member of a class."""

    TEACHER = "teacher"
    PUPIL = "pupil"


class Joined(msgspec.Struct, frozen=True):
    """A pupil's admission: the name of the class, and the session that proves it."""

    name: str
    session: str


class ClassDrawing(msgspec.Struct, frozen=True):
    """A drawing for the projector.

    Attributes:
        version: version of the class's state with which it came.
        id: the contribution's id.
        label: the letter that was drawn.
        letter: the server's answer; None if it rejects the drawing.
        verdict: the server's verdict.
        strokes: points (x, y); long drawings are thinned out.
    """

    version: int
    id: UUID
    label: str
    letter: str | None
    verdict: str | None
    strokes: list[list[tuple[float, float]]]


class Confusion(msgspec.Struct, frozen=True, array_like=True):
    """A cell of the confusion matrix: capital of the label, the answer or None, number of drawings."""

    label: str
    letter: str | None
    number: int


class ClassSnapshot(msgspec.Struct, frozen=True):
    """State of a class.

    Attributes:
        name: name of the class.
        version: grows with every change.
        open: whether letters are accepted.
        pupils: number of devices that joined.
        count: number of drawings.
        model: version of the class's model; 0: none was trained yet.
        confusion: cells of the confusion matrix that are not 0.
        code: for the teacher: the join code.
        address: for the teacher: address of the page that phones reach; "" if it is not known.
        reset: drawings of earlier answers are to be forgotten.
        newest: for the teacher: drawings since the version that was asked for, at most 48.
        removed: for the teacher: ids that were withdrawn since then.
    """

    name: str
    version: int
    open: bool
    pupils: int
    count: int
    model: int
    confusion: list[Confusion]
    code: str = ""
    address: str = ""
    reset: bool = False
    newest: list[ClassDrawing] = []
    removed: list[UUID] = []


class ClassModel(msgspec.Struct, frozen=True):
    """A model that the class trained: its version, 1 or more, its SHA-256 in hex, and the file's bytes."""

    version: int
    digest: str
    data: bytes


class ClassroomClient(Protocol):
    """Interface of the class, in this process or in another.

    Each method raises CollectError.
    """

    async def join(self, code: str) -> Joined:
        """Admit a device. Raises CollectError: "wrong-code", "class-full" or "class-ended"."""

    async def role(self, credential: str) -> Role:
        """Return the role of a session or of the teacher's token. Raises CollectError "not-a-member"."""

    async def state(self, since: int, wait: float, role: Role) -> ClassSnapshot:
        """Return the state of the class, once it is newer than a version.

        Args:
            since: version that is known; 0: none.
            wait: seconds after which an unchanged state is returned.
            role: only the teacher gets drawings.
        """

    async def put_model(self, data: bytes) -> int:
        """Check and keep a model file; return its version. Raises CollectError "bad-model"."""

    async def model_version(self) -> int:
        """Return the version of the newest model; 0 without one."""

    async def model(self) -> ClassModel:
        """Return the newest model. Raises CollectError "no-model"."""

    async def end(self, export: bool) -> bytes:
        """End the class.

        Args:
            export: True closes the class and returns its letters as a file; they are kept until the class
                is ended with False, or the server ends. False deletes them.

        Returns:
            The bytes of the export; empty if there is none.
        """
