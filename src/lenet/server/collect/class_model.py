"""Answer with the class's model once it is trained, in each process that answers."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from lenet.server.collect.class_types import ClassroomClient
from lenet.server.collect.types import CollectError

if TYPE_CHECKING:
    from lenet.inference.recognizer import Recognizer
    from lenet.server.app import ModelInUse


class ClassModelLoader:
    """Loads the newest model of a class when its version has changed."""

    def __init__(self, classroom: ClassroomClient, in_use: ModelInUse) -> None:
        """Take the class, and the model in use, which is the server's own until the class has one."""
        self._classroom = classroom
        self._in_use = in_use
        self._own = in_use.recognizer
        self._version = 0
        self._loading = asyncio.Lock()

    async def refresh(self) -> None:
        """Use the newest model; without the class, the model in use stays."""
        with suppress(CollectError):
            if await self._classroom.model_version() == self._version:
                return
            async with self._loading:
                await self._load()

    async def _load(self) -> None:
        version = await self._classroom.model_version()
        if version == 0:  # the class was deleted
            self._version, self._in_use.recognizer = 0, self._own
        elif version != self._version:
            model = await self._classroom.model()
            recognizer = await asyncio.to_thread(_recognizer_of, model.data)
            self._version, self._in_use.recognizer = model.version, recognizer


def _recognizer_of(data: bytes) -> Recognizer:
    """Return the recognizer of a model file, which the class has checked."""
    from lenet.inference.recognizer import Recognizer
    from lenet.models.file import read_model

    return Recognizer(read_model(data))
