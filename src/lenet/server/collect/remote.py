"""The collector in another process: calls over a Unix socket.

A frame is its length (4 bytes, big-endian) and a value of MessagePack. A request has a number, which
its reply repeats, so calls of one connection overtake each other. A long answer, such as the export of a
class, comes in several replies. The one process that owns the
database calls `serve_calls`; each worker has a `Connection`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from lenet.errors import LenetError
from lenet.server.collect.types import CollectCode, CollectError

log = logging.getLogger(__name__)

A = TypeVar("A")
R = TypeVar("R")

MAX_FRAME = 64 * 2**20  # bytes; a drawing of 100,000 points has 2 MB
PIECE = 4 * 2**20  # bytes of an answer in one frame
MAX_WAITING = 1024  # calls of one connection
CONNECT = 5.0  # seconds in which a collector is started again
ANSWER = 60.0  # seconds until a call counts as lost
_PREFIX = 4  # bytes

AWAY = "collector: cannot be reached; send the contribution again later"


@dataclass(frozen=True)
class Method(Generic[A, R]):
    """A call that both processes know.

    Attributes:
        name: its name in a frame.
        argument: type of the argument, that of any value of MessagePack.
        result: type of the answer.
    """

    name: str
    argument: type[A]
    result: type[R]


@dataclass(frozen=True)
class Handler(Generic[A, R]):
    """Function that answers the calls of a method."""

    method: Method[A, R]
    function: Callable[[A], Awaitable[R]]

    async def answer(self, argument: msgspec.Raw) -> bytes:
        """Return the encoded result for an encoded argument.

        Raises:
            msgspec.DecodeError: the argument has another type.
            LenetError: what the function raises.
        """
        value: A = msgspec.msgpack.decode(argument, type=self.method.argument)
        return msgspec.msgpack.encode(await self.function(value))


class Request(msgspec.Struct, frozen=True, array_like=True):
    """A call: its number, the name of the method, and the argument."""

    number: int
    method: str
    argument: msgspec.Raw


class Reply(msgspec.Struct, frozen=True, array_like=True):
    """The answer to a call, or a piece of it.

    Attributes:
        number: of the call.
        value: the next bytes of the value in MessagePack.
        code: of an error; "" without one.
        message: of an error.
        has_more: further pieces follow.
    """

    number: int
    value: bytes = b""
    code: str = ""
    message: str = ""
    has_more: bool = False


def require_unix_sockets() -> None:
    """Raise LenetError on Windows."""
    if sys.platform == "win32":
        raise LenetError("--workers: does not work with --collect on Windows; leave --workers out")


# ---- Frames --------------------------------------------------------------------------------


def frame(value: object) -> bytes:
    """Return the frame of a value. Raises CollectError if it is larger than 64 MiB."""
    data = msgspec.msgpack.encode(value)
    if len(data) > MAX_FRAME:
        raise CollectError(
            f"collector: more than {MAX_FRAME // 2**20} MiB at once; ask for less", CollectCode.INVALID
        )
    return len(data).to_bytes(_PREFIX, "big") + data


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """Return the next frame without its length; None at the end.

    Raises:
        ConnectionError: the stream ends within a frame, or a frame is larger than 64 MiB.
    """
    try:
        size = int.from_bytes(await reader.readexactly(_PREFIX), "big")
        if size > MAX_FRAME:
            raise ConnectionError("a frame is too large")
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise ConnectionError("cut short within a frame") from None
        return None


# ---- The process with the database ---------------------------------------------------------


async def serve_calls(handlers: Iterable[Handler[Any, Any]], path: Path) -> asyncio.Server:
    """Listen on a Unix socket.

    Args:
        handlers: the methods that are answered.
        path: the socket's place, in a folder of this user only; at most about 100 bytes.

    Returns:
        The server, which `close()` ends.
    """
    require_unix_sockets()
    table = {handler.method.name: handler for handler in handlers}
    server = await asyncio.start_unix_server(partial(_serve_connection, table), path)
    path.chmod(0o600)
    return server


async def _serve_connection(
    table: Mapping[str, Handler[Any, Any]], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    decoder = msgspec.msgpack.Decoder(Request)
    tasks: set[asyncio.Task[None]] = set()
    # At the end of the event loop; asyncio would report the cancellation as an error.
    with contextlib.closing(writer), contextlib.suppress(asyncio.CancelledError):
        try:
            while (data := await read_frame(reader)) is not None:
                task = asyncio.create_task(_answer(table, decoder.decode(data), writer))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                if len(tasks) >= MAX_WAITING:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        except (ConnectionError, msgspec.DecodeError) as error:
            log.warning("collector: the connection of a worker ended: %s", error)
        if tasks:  # a class shows what is stored, and hides what is withdrawn, if the worker died too
            await asyncio.wait(tasks)


async def _answer(
    table: Mapping[str, Handler[Any, Any]], request: Request, writer: asyncio.StreamWriter
) -> None:
    number = request.number
    try:
        replies = _pieces(number, await table[request.method].answer(request.argument))
    except CollectError as error:
        replies = iter([Reply(number, code=error.code, message=str(error))])
    except Exception:
        log.exception("collector: a call of %r failed", request.method)
        replies = iter([Reply(number, code=CollectCode.UNAVAILABLE, message=AWAY)])
    with contextlib.suppress(ConnectionError):
        for reply in replies:
            writer.write(frame(reply))
            await writer.drain()


def _pieces(number: int, value: bytes) -> Iterator[Reply]:
    """Yield the replies of an encoded value, which has one byte at least."""
    for start in range(0, len(value), PIECE):
        yield Reply(number, value[start : start + PIECE], has_more=start + PIECE < len(value))


# ---- A worker ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Call:
    """A call that waits, and the pieces of its answer that have come."""

    future: asyncio.Future[Reply]
    pieces: list[bytes] = field(default_factory=list)

    def take(self, reply: Reply) -> None:
        """Take a piece; the last one ends the call."""
        self.pieces.append(reply.value)
        if not reply.has_more and not self.future.done():
            self.future.set_result(msgspec.structs.replace(reply, value=b"".join(self.pieces)))


class Connection:
    """A worker's connection to the collector; it is opened by the first call and again after a loss."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = 0
        self._waiting: dict[int, _Call] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()

    async def call(self, method: Method[A, R], argument: A) -> R:
        """Call a method of the collector's process.

        Raises:
            CollectError: the method raised it; or "unavailable": the collector cannot be reached, does not
                answer within 60 seconds, or 1,024 calls wait.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise CollectError("collector: too many calls wait; try again", CollectCode.UNAVAILABLE)
        self._number += 1
        number = self._number
        data = frame(Request(number, method.name, msgspec.Raw(msgspec.msgpack.encode(argument))))
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = _Call(future)
        try:
            writer = await self._open()
            writer.write(data)
            await writer.drain()
            async with asyncio.timeout(ANSWER):
                reply = await future
        except (OSError, TimeoutError):  # a ConnectionError is an OSError
            raise CollectError(AWAY, CollectCode.UNAVAILABLE) from None
        finally:
            self._waiting.pop(number, None)
        if reply.code:
            raise CollectError(reply.message, reply.code)
        return msgspec.msgpack.decode(reply.value, type=method.result)

    async def aclose(self) -> None:
        """Close the connection; calls that wait end with "unavailable"."""
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading

    async def _open(self) -> asyncio.StreamWriter:
        async with self._opening:
            if self._writer is None or self._writer.is_closing():
                reader, self._writer = await self._connect()
                self._reading = asyncio.create_task(self._read(reader, self._writer))
            return self._writer

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect; wait for a collector that is being started again. Raises OSError, also TimeoutError."""
        require_unix_sockets()
        async with asyncio.timeout(CONNECT):
            while True:
                try:
                    return await asyncio.open_unix_connection(self._path)
                except (ConnectionRefusedError, FileNotFoundError):
                    await asyncio.sleep(CONNECT / 100)

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = msgspec.msgpack.Decoder(Reply)
        try:
            while (data := await read_frame(reader)) is not None:
                reply = decoder.decode(data)
                if (call := self._waiting.get(reply.number)) is not None:
                    call.take(reply)
        except (ConnectionError, msgspec.DecodeError) as error:
            log.warning("collector: the connection ended: %s", error)
        finally:
            writer.close()
            for call in self._waiting.values():
                if not call.future.done():
                    call.future.set_exception(ConnectionError("the collector went away"))
