"""Worker processes: a child process, whose main object one holds like that of any other peer."""

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, SubprocessStreamProtocol
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Generic, TypeAlias, TypeVar, Unpack, overload

from typing_extensions import override

from capnweb_runtime.aio.contracts import ContractOptions, comparison_of
from capnweb_runtime.aio.opening import SessionOpening
from capnweb_runtime.aio.options import Options, SessionOptions
from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.checks import check_kind, check_timeout
from capnweb_runtime.transports.base import Receiver, Transport
from capnweb_runtime.transports.lines import LineTransport

__all__ = ["SpawnOptions", "WorkerProcess", "spawn"]

S = TypeVar("S", bound=Stub)

Argument: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes]

#: Seconds between the end of a process and that of what it wrote, and the other way round. They
#: come together, unless a process of its own holds the pipe, or it closed its output to go on.
_TOGETHER: Final = 2.0

_GRACE: Final = 5.0

#: Bytes that asyncio keeps before they are read here; it stops reading at twice as many.
_STREAM_LIMIT: Final = 1024 * 1024


class _Protocol(SubprocessStreamProtocol):
    """Tells of the end of a process at once: `Process.wait` also waits for its pipes."""

    def __init__(self) -> None:
        super().__init__(limit=_STREAM_LIMIT, loop=asyncio.get_running_loop())
        self.exited = asyncio.Event()

    @override
    def process_exited(self) -> None:
        super().process_exited()
        self.exited.set()


class _ChildTransport(LineTransport):
    """Lines to and from a child process, whose end is the end of the connection."""

    def __init__(
        self, process: asyncio.SubprocessTransport, protocol: _Protocol, message_size: int
    ) -> None:
        assert protocol.stdin is not None
        assert protocol.stdout is not None
        super().__init__(
            protocol.stdout,
            protocol.stdin,
            reading=process.get_pipe_transport(1),
            message_size=message_size,
        )
        self._process = process
        self._exited = protocol.exited

    @override
    def start(self, receiver: Receiver) -> None:
        super().start(receiver)
        watching = self._watch(*self._tasks[:1])
        self._tasks.append(asyncio.get_running_loop().create_task(watching))

    async def _watch(self, reading: asyncio.Task[None]) -> None:
        """Stop when the process is over, even if something else still holds its output."""
        exited = asyncio.create_task(self._exited.wait())
        await asyncio.wait((exited, reading), return_when=asyncio.FIRST_COMPLETED)
        exited.cancel()
        await asyncio.wait((exited,))
        if not reading.done():
            await asyncio.wait((reading,), timeout=_TOGETHER)
        if not reading.done():
            self._fault = _describe(self._process)
            self.abort()

    @override
    async def end_reason(self, reason: str) -> str:
        try:
            await asyncio.wait_for(self._exited.wait(), _TOGETHER)
        except TimeoutError:
            return reason
        return _describe(self._process)


class SpawnOptions(SessionOptions, ContractOptions, total=False):
    """Options of `spawn`: those of a session, `contract`, and these.

    Keys:
        grace: seconds that the process has to end after its input has, and again after SIGTERM; 5
            by default, None for ever.
        cwd: its working directory, None for this one's.
        env: its environment, None for this one's.
    """

    grace: float | None
    cwd: str | os.PathLike[str] | None
    env: Mapping[str, str] | None


class WorkerProcess(SessionOpening[S], Generic[S]):
    """A child process about to be started: enter it with `async with`, or await it; see `spawn`."""

    _once = "a process is started once; call spawn() again"
    _too_early = "the process is not started yet: `async with` or await it first"

    def __init__(
        self,
        stub: type[S],
        command: tuple[Argument, ...],
        local: object,
        session: Options,
        options: SpawnOptions,
    ) -> None:
        super().__init__(stub, local, session, comparison_of(stub, options))
        self._command = command
        self._grace = check_timeout(options.get("grace", _GRACE), "grace")
        self._cwd = options.get("cwd")
        self._env = options.get("env")
        check_kind(self._cwd, (str, bytes, os.PathLike), "cwd", "a path")
        check_kind(self._env, Mapping, "env", "a mapping")
        self._process: asyncio.SubprocessTransport | None = None
        self._exited = asyncio.Event()

    @property
    def pid(self) -> int:
        """The id of the process.

        Raises:
            RuntimeError: before it is started.
        """
        return self._running().get_pid()

    @property
    def returncode(self) -> int | None:
        """Its exit code, or the negative number of the signal that ended it; None while it runs.

        Raises:
            RuntimeError: before it is started.
        """
        return self._running().get_returncode()

    def _running(self) -> asyncio.SubprocessTransport:
        if self._process is None:
            raise RuntimeError(self._too_early)
        return self._process

    @override
    async def _connect(self) -> Transport:
        process, protocol = await asyncio.get_running_loop().subprocess_exec(
            _Protocol,
            *self._command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=None,
            cwd=self._cwd,
            env=self._env,
        )
        self._process, self._exited = process, protocol.exited
        return _ChildTransport(process, protocol, self._options.bounds.message_size)

    @override
    async def aclose(self) -> None:
        """Close the session and wait until the process has ended.

        It is to end by itself when its input does, within `grace` seconds; then it is asked to
        (SIGTERM), and after as many seconds more it is killed.
        """
        if self._process is None or self._session is None:
            await super().aclose()
            if self._process is not None:  # it was started, and nobody wants it any more
                self._process.close()
            return
        process = self._process
        closing = asyncio.create_task(super().aclose())
        try:
            for stop in (process.terminate, process.kill):
                if await self._ended():
                    break
                with suppress(ProcessLookupError):  # it has just ended
                    stop()
            await self._exited.wait()
        finally:
            process.close()  # and kills it, if this was cancelled
            await closing

    async def _ended(self) -> bool:
        try:
            await asyncio.wait_for(self._exited.wait(), self._grace)
        except TimeoutError:
            return False
        return True


@overload
def spawn(
    command: Argument,
    /,
    *arguments: Argument,
    local: object = None,
    **options: Unpack[SpawnOptions],
) -> WorkerProcess[DynamicStub]: ...
@overload
def spawn(
    stub: type[S],
    command: Argument,
    /,
    *arguments: Argument,
    local: object = None,
    **options: Unpack[SpawnOptions],
) -> WorkerProcess[S]: ...
def spawn(
    stub: Any,
    /,
    *command: Any,
    local: object = None,
    **options: Unpack[SpawnOptions],
) -> WorkerProcess[Any]:
    """Start a worker process, and hold its main object.

    ```python
    async with spawn(WorkerStub, sys.executable, "worker.py") as worker:
        print(await worker.square(3))
    ```

    In Python the process calls `serve_stdio`; in any other language it writes one message a line to
    its standard output, and reads the same from its standard input. Its standard error is ours.

    Calls fail with `ConnectionLostError` when the process ends, which names its exit code or
    signal. It has this user's rights: what it may do, the operating system says, not RPC.

    Args:
        stub: the generated stub class of the process's main object; left out, it is untyped.
        command: the program and its arguments; no shell is involved.
        local: this side's main object, which the process may call.
        options: see `SessionOptions`, `ContractOptions` and `SpawnOptions`.

    Returns:
        To be entered with `async with`, or awaited and closed with `aclose`: it gives the stub of
        the main object. The process is not waited for: what it says first is what is called first.

    Raises:
        TypeError, ValueError: for an option that there is not, or that has an impossible value.

    Raises (when it is started):
        OSError: if the program cannot be started.
        CallError: if `local` does not go by reference.
        ContractMismatchError: if the process's contract is another, and it is required.
    """
    if not isinstance(stub, type):
        stub, command = DynamicStub, (stub, *command)
    if not issubclass(stub, Stub):
        raise TypeError(f"the first argument must be a generated stub class, not {stub!r}")
    if not command:
        raise TypeError("a program to start is missing")
    return WorkerProcess(stub, command, local, Options.among(options, SpawnOptions), options)


def _describe(process: asyncio.SubprocessTransport) -> str:
    code = process.get_returncode()
    if code is None:
        return "the process closed its output"
    if code >= 0:
        return f"the process ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"the process was ended by {name}"
