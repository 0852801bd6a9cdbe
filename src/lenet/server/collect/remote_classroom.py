"""The methods of a class over a connection: the worker's side and the side of the collector's process."""

from __future__ import annotations

from typing import Any

import msgspec

from lenet.server.collect.class_types import ClassModel, ClassroomClient, ClassSnapshot, Joined, Role
from lenet.server.collect.remote import Connection, Handler, Method


class _StateRequest(msgspec.Struct, frozen=True, array_like=True):
    since: int
    wait: float
    role: Role


_JOIN = Method("class.join", str, Joined)
_ROLE = Method("class.role", str, Role)
_STATE = Method("class.state", _StateRequest, ClassSnapshot)
_PUT_MODEL = Method("class.put_model", bytes, int)
_MODEL_VERSION = Method("class.model_version", bool, int)
_MODEL = Method("class.model", bool, ClassModel)
_END = Method("class.end", bool, bytes)


class RemoteClassroom:
    """A `ClassroomClient` that asks the collector's process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def join(self, code: str) -> Joined:
        """Admit a device, as `ClassroomClient`."""
        return await self._connection.call(_JOIN, code)

    async def role(self, credential: str) -> Role:
        """Return the role of a member, as `ClassroomClient`."""
        return await self._connection.call(_ROLE, credential)

    async def state(self, since: int, wait: float, role: Role) -> ClassSnapshot:
        """Return the state of the class, as `ClassroomClient`."""
        return await self._connection.call(_STATE, _StateRequest(since, wait, role))

    async def put_model(self, data: bytes) -> int:
        """Check and keep a model file, as `ClassroomClient`."""
        return await self._connection.call(_PUT_MODEL, data)

    async def model_version(self) -> int:
        """Return the version of the newest model, as `ClassroomClient`."""
        return await self._connection.call(_MODEL_VERSION, True)

    async def model(self) -> ClassModel:
        """Return the newest model, as `ClassroomClient`."""
        return await self._connection.call(_MODEL, True)

    async def end(self, export: bool) -> bytes:
        """End the class, as `ClassroomClient`."""
        return await self._connection.call(_END, export)


def handlers(classroom: ClassroomClient) -> list[Handler[Any, Any]]:
    """Return what the collector's process answers."""

    async def state(request: _StateRequest) -> ClassSnapshot:
        return await classroom.state(request.since, request.wait, request.role)

    async def model_version(_: bool) -> int:
        return await classroom.model_version()

    async def model(_: bool) -> ClassModel:
        return await classroom.model()

    return [
        Handler(_JOIN, classroom.join),
        Handler(_ROLE, classroom.role),
        Handler(_STATE, state),
        Handler(_PUT_MODEL, classroom.put_model),
        Handler(_MODEL_VERSION, model_version),
        Handler(_MODEL, model),
        Handler(_END, classroom.end),
    ]
