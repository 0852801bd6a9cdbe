"""The class: admits phones by a code, keeps the model that it trained, and ends with an export or nothing."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

import msgspec

from lenet.errors import LenetError
from lenet.models import load_model
from lenet.server.collect import class_codes
from lenet.server.collect.class_codes import ClassCodes, is_same
from lenet.server.collect.class_state import ClassState
from lenet.server.collect.class_types import ClassModel, ClassSnapshot, Joined, Role
from lenet.server.collect.paging import parts
from lenet.server.collect.types import (
    CollectCode,
    CollectError,
    CollectorClient,
    Contribution,
    Counts,
    Receipt,
    State,
    StoredContribution,
)

MAX_PUPILS = 1_000  # devices
MAX_LETTERS = 20_000  # drawings
MAX_MODEL = 16 * 2**20  # bytes of a model file
MAX_WAIT = 25.0  # seconds of a long poll

Export = Callable[[], bytes]


class Classroom:
    """A class and its collector; see `CollectorClient` and `ClassroomClient`. It belongs to one event loop.

    Attributes:
        join_code: six characters that admit a device.
        teacher_token: proves that a request is the teacher's.
        is_deleted: the class has ended, and its collector is closed.
    """

    def __init__(
        self,
        name: str,
        collector: CollectorClient,
        folder: Path,
        export: Export,
        codes: ClassCodes | None = None,
    ) -> None:
        """Open a class.

        Args:
            name: name of the class.
            collector: of a temporary database; it is closed when the class is deleted.
            folder: a temporary folder.
            export: returns the export of the database's letters as the bytes of one file.
            codes: of the class; by default random ones.
        """
        self._codes = codes = codes or ClassCodes.random()
        self.join_code = codes.join
        self.teacher_token = codes.teacher
        self._collector = collector
        self._folder = folder
        self._export = export
        self._state = ClassState(name)
        self._model: ClassModel | None = None
        self._files = asyncio.Lock()  # one at a time writes into the folder
        self.is_deleted = False

    # ---- Members -------------------------------------------------------------------------------

    async def join(self, code: str) -> Joined:
        """Admit a device."""
        self._require_open()
        if not is_same(class_codes.normalized(code), self.join_code):
            raise CollectError(
                "join code: not the one of this class; look at the board", CollectCode.WRONG_CODE
            )
        if self._state.pupils >= MAX_PUPILS:
            raise CollectError(f"class: {MAX_PUPILS:,} devices joined; start it again", CollectCode.FULL)
        self._state.pupils += 1
        self._state.touch()
        return Joined(self._state.name, self._codes.new_session())

    async def role(self, credential: str) -> Role:
        """Return the role of a session or of the teacher's token."""
        token = class_codes.normalized(self.teacher_token)
        if is_same(class_codes.normalized(credential), token):
            return Role.TEACHER
        if self._codes.is_session(credential):
            return Role.PUPIL
        raise CollectError("class: not a member; join with the code", CollectCode.NOT_A_MEMBER)

    async def state(self, since: int, wait: float, role: Role) -> ClassSnapshot:
        """Return the state of the class, once it is newer than a version."""
        await self._state.wait(since, min(wait, MAX_WAIT))
        snapshot = self._state.snapshot(since, role)
        return msgspec.structs.replace(snapshot, code=self.join_code) if role is Role.TEACHER else snapshot

    # ---- The model -----------------------------------------------------------------------------

    async def put_model(self, data: bytes) -> int:
        """Check and keep a model file; return its version."""
        self._require_kept()
        if len(data) > MAX_MODEL:
            problem = f"model: larger than {MAX_MODEL // 2**20} MiB; train a smaller network"
            raise CollectError(problem, CollectCode.BAD_MODEL)
        async with self._files:
            await asyncio.to_thread(self._check_model, data)
        self._require_kept()
        version = self._state.model + 1
        self._model = ClassModel(version, hashlib.sha256(data).hexdigest(), data)
        self._state.model = version
        self._state.touch()
        return version

    def _check_model(self, data: bytes) -> None:
        path = self._folder / "model.safetensors"
        path.write_bytes(data)
        try:
            load_model(path).spec.network()
        except LenetError as error:
            message = str(error).replace(str(path), "model")
            raise CollectError(message, CollectCode.BAD_MODEL) from None
        finally:
            path.unlink()

    async def model_version(self) -> int:
        """Return the version of the newest model; 0 without one."""
        return 0 if self._model is None else self._model.version

    async def model(self) -> ClassModel:
        """Return the newest model."""
        if self._model is None:
            raise CollectError("class: no model was trained yet; wait for it", CollectCode.NO_MODEL)
        return self._model

    # ---- Letters -------------------------------------------------------------------------------

    async def contribute(self, item: Contribution) -> bool:
        """Store a contribution, and show it."""
        self._require_open()
        if self._state.count >= MAX_LETTERS:
            raise CollectError(f"class: {MAX_LETTERS:,} letters are enough; end it", CollectCode.FULL)
        is_new = await self._collector.contribute(item)
        self._require_kept()  # it may have been deleted meanwhile
        if is_new:
            self._state.add(item)
        return is_new

    async def restore(self) -> None:
        """Show what the database has, after its process was killed and started again."""
        async for part in parts(partial(self._collector.page, State.NEW), None, None):
            for stored in part:
                self._state.add(stored.contribution)

    async def mine(
        self, key_digest: bytes, after: UUID | None = None, limit: int | None = None
    ) -> list[StoredContribution]:
        """Return contributions of a key."""
        self._require_kept()
        return await self._collector.mine(key_digest, after, limit)

    async def withdraw(self, key_digest: bytes) -> Receipt:
        """Empty all contributions of a key, and take them off the projector."""
        self._require_kept()
        receipt = await self._collector.withdraw(key_digest)
        self._state.remove(key_digest)
        return receipt

    async def page(self, state: State, after: UUID | None, limit: int) -> list[StoredContribution]:
        """Return contributions in a state."""
        self._require_kept()
        return await self._collector.page(state, after, limit)

    async def moderate(self, ids: Sequence[UUID], state: State) -> int:
        """Set the state of contributions."""
        self._require_kept()
        return await self._collector.moderate(ids, state)

    async def counts(self) -> Counts:
        """Count the contributions."""
        self._require_kept()
        return await self._collector.counts()

    async def remember_consent(self, text: bytes) -> str:
        """Store a consent text."""
        self._require_kept()
        return await self._collector.remember_consent(text)

    # ---- The end -------------------------------------------------------------------------------

    async def end(self, export: bool) -> bytes:
        """Close the class and return its letters, or delete them."""
        self._require_kept()
        self._state.close()
        if export:
            async with self._files:
                self._require_kept()
                return await asyncio.to_thread(self._export)
        self.is_deleted = True
        self._model = None
        self._state.model = 0
        self._state.clear()
        async with self._files:
            await self._collector.aclose()
            await asyncio.to_thread(self._delete_files)
        return b""

    def _delete_files(self) -> None:
        for path in self._folder.iterdir():
            if path.name != "lock":
                path.unlink()

    async def aclose(self) -> None:
        """Close the collector."""
        if not self.is_deleted:
            await self._collector.aclose()

    def _require_open(self) -> None:
        if not self._state.is_open:
            raise CollectError("class: it has ended; ask the teacher", CollectCode.ENDED)

    def _require_kept(self) -> None:
        if self.is_deleted:
            raise CollectError("class: it has ended, and its letters are deleted", CollectCode.ENDED)
