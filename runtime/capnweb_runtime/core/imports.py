"""The import table: what of the peer's this side may use, and the hook that refers to an entry."""

from collections.abc import Callable
from typing import ClassVar, Protocol

from typing_extensions import override

from capnweb_runtime.core.hook import Hook, Mapper, Path, Reference, Registration, Settled
from capnweb_runtime.core.hooks import ErrorHook, disposed
from capnweb_runtime.core.payload import Payload, reference_payload
from capnweb_runtime.errors import (
    BrokenError,
    CallError,
    DisposedError,
    ProtocolError,
    SessionClosedError,
)
from capnweb_runtime.ids import MAIN_IMPORT, ImportId

__all__ = ["Import", "ImportHook", "ImportOwner", "ImportTable", "given_up"]


class ImportOwner(Protocol):
    """What the hook of an import needs of its session."""

    #: Who is told when the session ends.
    broken: dict[Registration, None]

    def send_call(self, import_id: ImportId, path: Path, arguments: Payload) -> Hook:
        """Send a call. Takes the arguments; gives the promise of its result."""

    def send_get(self, import_id: ImportId, path: Path) -> Hook:
        """Send the read of a property; gives the promise of its value."""

    def send_stream(
        self, import_id: ImportId, path: Path, arguments: Payload
    ) -> tuple[Hook, int | None]:
        """Send a call whose answer comes unasked. Takes the arguments; gives as `Hook.stream`."""

    def send_map(self, import_id: ImportId, path: Path, mapper: Mapper) -> Hook:
        """Send a map. Takes the mapper; gives the promise of its result."""

    def send_pull(self, entry: "Import") -> None:
        """Ask for the value of a promise of the peer."""

    def wait_long(self, entry: "Import") -> None:
        """The time of the session's calls does not hold for this one."""

    def release(self, entry: "Import") -> None:
        """Give an import up: nobody here refers to it any more, or its value is here."""

    def dispose_of(self, hook: Hook) -> None:
        """Dispose of what an import became, soon: that may be another, and so on."""

    def close(self, reason: BrokenError) -> None:
        """End the session."""

    def release_later(self, entry: "Import") -> None:
        """The same, from wherever Python collects garbage: only note it."""


class Import:
    """Something of the peer's that this side may use.

    Attributes:
        handles: hooks that refer to it.
        introductions: how many times the peer sent its id (1 for the result of a push); a release
            must name that number.
        is_promise: whether a value is to be expected for it.
        resolution: the value, or why there is none. From then on the session is not asked any more.
    """

    __slots__ = (
        "_registrations",
        "_waiting",
        "handles",
        "id",
        "introductions",
        "is_promise",
        "owner",
        "pulled",
        "resolution",
    )

    def __init__(
        self, owner: ImportOwner, import_id: ImportId, *, is_promise: bool, pulled: bool
    ) -> None:
        self.owner = owner
        self.id = import_id
        self.handles = 0
        self.introductions = 1
        self.is_promise = is_promise
        self.pulled = pulled
        self.resolution: Hook | None = None
        self._waiting: list[Callable[[Settled], None]] | None = None
        self._registrations: list[Registration] | None = None

    def pull(self, then: Callable[[Settled], None]) -> None:
        """Wait for the value, and ask the peer for it if nobody has yet."""
        if self._waiting is None:
            self._waiting = []
        self._waiting.append(then)
        if not self.pulled:
            self.pulled = True
            self.owner.send_pull(self)

    def resolve(self, hook: Hook) -> None:
        """The peer said what it is. Takes the hook."""
        self.resolution = hook
        self.owner.release(self)
        if self._registrations is not None:
            registrations, self._registrations = self._registrations, None
            for registration in registrations:
                if registration.active:
                    # On the same session it keeps its place in the order.
                    hook.on_broken(registration)
        if self._waiting is not None:
            self._tell_waiting(hook)

    def fail(self, error: BaseException) -> None:
        """There will be no value: the session ended, or nobody here wants it any more."""
        if self.resolution is None:
            self.resolution = ErrorHook(error)
            self._registrations = None  # the session calls them in its own order
            self._tell_waiting(self.resolution)

    def forget(self) -> None:
        """Nobody here refers to it any more: whoever waits still waits in vain."""
        if self._waiting is not None:
            self.fail(given_up())

    def unanswered(self, reason: BaseException) -> None:
        """The peer will not answer: whoever waits fails; it can still be called and passed on."""
        self.pulled = False  # whoever asks from now on asks the session, which knows
        waiting, self._waiting = self._waiting, None
        for then in waiting or ():
            then(reason)

    def _tell_waiting(self, hook: Hook) -> None:
        waiting, self._waiting = self._waiting, None
        for then in waiting or ():
            hook.pull(then)

    def on_broken(self, registration: Registration) -> None:
        """Have a callback called when the session ends."""
        registration.move(self.owner.broken)
        if self._registrations is None:
            self._registrations = []
        self._registrations.append(registration)


class ImportHook(Hook):
    """A reference to an import."""

    __slots__ = ("_entry",)

    def __init__(self, entry: Import) -> None:
        entry.handles += 1
        self._entry: Import | None = entry

    @property
    def entry(self) -> Import | None:
        """What it refers to, while the peer has to be asked about it."""
        entry = self._entry
        return entry if entry is not None and entry.resolution is None else None

    @property
    @override
    def target(self) -> Hook:
        entry = self._entry
        return self if entry is None or entry.resolution is None else entry.resolution.target

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        entry = self._entry
        if entry is None:
            arguments.dispose()
            return disposed()
        if entry.resolution is not None:
            return entry.resolution.call(path, arguments)
        return entry.owner.send_call(entry.id, path, arguments)

    @override
    def stream(self, path: Path, arguments: Payload) -> tuple[Hook, int | None]:
        entry = self.entry
        if entry is None:
            return super().stream(path, arguments)
        return entry.owner.send_stream(entry.id, path, arguments)

    @override
    def get(self, path: Path) -> Hook:
        entry = self._entry
        if entry is None:
            return disposed()
        if entry.resolution is not None:
            return entry.resolution.get(path)
        return entry.owner.send_get(entry.id, path) if path else ImportHook(entry)

    @override
    def map(self, path: Path, mapper: Mapper) -> Hook:
        entry = self._entry
        if entry is None:
            mapper.dispose()
            return disposed()
        if entry.resolution is not None:
            return entry.resolution.map(path, mapper)
        return entry.owner.send_map(entry.id, path, mapper)

    @override
    def dup(self) -> Hook:
        return disposed() if self._entry is None else ImportHook(self._entry)

    @override
    def pull(self, then: Callable[[Settled], None]) -> None:
        entry = self._entry
        if entry is None:
            then(disposed().error)
        elif entry.resolution is not None:
            entry.resolution.pull(then)
        elif entry.is_promise:
            entry.pull(then)
        else:
            then(reference_payload(Reference(ImportHook(entry), is_promise=False)))

    @override
    def wait_long(self) -> None:
        entry = self.entry
        if entry is not None:
            entry.owner.wait_long(entry)

    @override
    def dispose(self) -> None:
        entry, self._entry = self._entry, None
        if entry is None:
            return
        entry.handles -= 1
        if entry.handles == 0:
            if entry.resolution is not None:
                entry.owner.dispose_of(entry.resolution)
            else:
                entry.owner.release(entry)
                entry.forget()

    def __del__(self) -> None:
        entry = self._entry
        if entry is not None:
            entry.handles -= 1
            # A value that came may be in use still; see PromiseHook.
            if entry.handles == 0 and entry.resolution is None:
                entry.owner.release_later(entry)

    @override
    def on_broken(self, registration: Registration) -> None:
        entry = self._entry
        if entry is None:
            disposed().on_broken(registration)
        elif entry.resolution is not None:
            entry.resolution.on_broken(registration)
        else:
            entry.on_broken(registration)


class MainHook(ImportHook):
    """The first reference to the peer's main object: the session ends with it."""

    __slots__ = ()

    keeps_session: ClassVar[bool] = True

    @override
    def dispose(self) -> None:
        entry = self._entry  # also if the peer has resolved it to something else
        if entry is not None:
            entry.owner.close(
                SessionClosedError("the session was closed by disposing of its main stub")
            )
        super().dispose()


class ImportTable:
    """All imports of a session."""

    def __init__(self, owner: ImportOwner, limit: int) -> None:
        self.owner = owner
        self._limit = limit
        self._entries: dict[int, Import] = {}
        self._next = 1
        self._held = 0  # entries with ids of the peer's choosing
        self._over = False
        main = Import(owner, MAIN_IMPORT, is_promise=False, pulled=False)
        self._entries[MAIN_IMPORT] = main
        self.main = MainHook(main)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def awaited(self) -> bool:
        """Whether the value of any promise is awaited. Looks at all of them."""
        return any(entry.is_promise and entry.pulled for entry in self._entries.values())

    def get(self, import_id: int) -> Import | None:
        """The entry of an id that the peer named."""
        return self._entries.get(import_id)

    def add_pushed(self) -> ImportHook:
        """Gives the promise for what a push just sent will become."""
        entry = Import(self.owner, ImportId(self._next), is_promise=True, pulled=False)
        self._next += 1
        self._entries[entry.id] = entry
        return ImportHook(entry)

    def add_streamed(self) -> ImportHook:
        """Gives the promise of the answer to a stream message: it comes and goes by itself."""
        hook = self.add_pushed()
        entry = hook.entry
        assert entry is not None
        entry.pulled = True
        entry.introductions = 0
        return hook

    def add_pipe(self) -> ImportHook:
        """Gives the hook of a pipe just made at the peer."""
        hook = self.add_pushed()
        entry = hook.entry
        assert entry is not None
        entry.is_promise = False
        return hook

    def add_stub(self, import_id: int) -> Hook:
        """Gives a hook for a capability that the peer introduced (protocol: export).

        Raises:
            ProtocolError: for an id that only this side may choose, or past the limit.
        """
        self._check_introduced(import_id)
        entry = self._entries.get(import_id)
        if entry is None:
            entry = self._add_introduced(import_id, is_promise=False)
        else:
            # The reference counts one introduction only, whoever it talks to; a peer that
            # introduces an id twice waits for both to be released.
            entry.introductions += 1
        return ImportHook(entry)

    def add_promise(self, import_id: int) -> Hook:
        """Gives a hook for a promise that the peer introduced (protocol: promise).

        Raises:
            ProtocolError: as `add_stub`.
        """
        self._check_introduced(import_id)
        if import_id in self._entries:
            # No fault of the session's, says the reference: only this promise is broken.
            return ErrorHook(CallError(f"the peer introduced promise {import_id} twice"))
        return ImportHook(self._add_introduced(import_id, is_promise=True))

    def _check_introduced(self, import_id: int) -> None:
        if self._over:  # ended by a call earlier in the same message: the rest of it is void
            raise ProtocolError("the session is over")
        if import_id >= 0:
            raise ProtocolError(f"{import_id} is no id for an export: those are negative")

    def _add_introduced(self, import_id: int, *, is_promise: bool) -> Import:
        if self._held >= self._limit:
            raise ProtocolError(f"the peer exports more than {self._limit} objects")
        self._held += 1
        # Nobody has to ask for a promise that was introduced: its value comes by itself.
        entry = Import(self.owner, ImportId(import_id), is_promise=is_promise, pulled=True)
        self._entries[entry.id] = entry
        return entry

    def entry_of(self, hook: Hook) -> Import | None:
        """The entry of this table that a hook refers to, if it does and is not settled."""
        target = hook.present
        entry = target.entry if isinstance(target, ImportHook) else None
        return entry if entry is not None and entry.owner is self.owner else None

    def remove(self, entry: Import) -> bool:
        """Take an entry out; False if it is out already."""
        if self._entries.get(entry.id) is not entry:  # the peer may have used the id again
            return False
        del self._entries[entry.id]
        if entry.id < 0:
            self._held -= 1
        return True

    def unanswered(self, reason: BaseException) -> None:
        """The peer will not answer any more; see `Import.unanswered`."""
        for entry in list(self._entries.values()):
            entry.unanswered(reason)

    def fail_all(self, promises: BaseException, objects: BaseException) -> None:
        """The session is over: what promises fail with, and later calls of the peer's objects."""
        self._over = True
        entries = list(self._entries.values())
        self._entries.clear()
        for entry in entries:
            entry.fail(promises if entry.is_promise else objects)


def given_up() -> DisposedError:
    """What whoever waits for a promise gets when nobody refers to it any more."""
    return DisposedError("the promise was disposed of before its value came")
