"""A Node process that speaks npm `capnweb`, for tests against the reference implementation.

    async with NodePeer.serve() as node:
        ...connect to node.url...
        await node.stats(imports=1, exports=1)

    async with NodePeer.connect(server_url) as node:
        assert await node.eval("async (api, env, n) => await api.square(n)", 3) == 9

The JavaScript of a test stands in the test, as the source of a function; `peer.mjs` describes what
it finds in `env`, and `api.mjs` the objects that Node offers. Nothing here sleeps: what a test
waits for (`stats` with numbers, `logged`, `connected`) is waited for in Node, where it happens.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

FOLDER = Path(__file__).resolve().parent

# Node gives up a little earlier (PATIENCE_MS) and can say what it was waiting for.
COMMAND_SECONDS = 15.0
# A process that was asked to end and did not is killed.
EXIT_SECONDS = 5.0
# One reply is one line, and asyncio bounds lines: enough for a value of several megabytes.
LINE_LIMIT = 64 * 1024 * 1024


class NodeError(Exception):
    """JavaScript threw.

    Attributes:
        name: The JavaScript error's name, such as "TypeError".
        message: Its message.
        stack: Its stack in Node.
    """

    def __init__(self, name: str, message: str, stack: str = "") -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message
        self.stack = stack


class NodePeerFailedError(Exception):
    """The Node process did not start, died, did not answer, or left errors that nobody handled."""


class NodePeer:
    """One Node process, and the sessions that it holds.

    It is an async context manager: when the block is left the process is dead, whatever happened in
    it. Commands may overlap; each waits for its own reply.
    """

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._replies: dict[int, asyncio.Future[Any]] = {}
        self._ready: asyncio.Future[dict[str, Any]] | None = None
        self._last_id = 0
        self._stderr: collections.deque[str] = collections.deque(maxlen=200)
        self._port: int | None = None

    @classmethod
    def serve(cls) -> Self:
        """Returns a peer that serves WebSockets and HTTP batches, each with a `NodeApi`."""
        return cls("serve")

    @classmethod
    def connect(cls, url: str) -> Self:
        """Returns a peer that is a client of `url` and offers a `NodeApi` as its main object."""
        return cls("connect", url)

    @property
    def url(self) -> str:
        """Where a serving peer listens."""
        if self._port is None:
            raise NodePeerFailedError("only a peer made by serve(), and started, has a URL")
        return f"ws://127.0.0.1:{self._port}"

    @property
    def http_url(self) -> str:
        """Where a serving peer answers HTTP batches."""
        return self.url.replace("ws:", "http:")

    # --- life ---

    async def start(self) -> None:
        """Starts the process and waits until it listens or its connection is open."""
        node = shutil.which("node")
        if node is None or not (FOLDER / "node_modules").is_dir():
            raise NodePeerFailedError("Node and its packages are needed: run `make setup`")
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *(node, str(FOLDER / "peer.mjs"), *self._arguments),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            limit=LINE_LIMIT,
        )
        self._ready = asyncio.get_running_loop().create_future()
        self._tasks = [
            asyncio.create_task(self._read_replies(self._process)),
            asyncio.create_task(self._read_stderr(self._process)),
        ]
        try:
            ready = await self._reply(self._ready, f"node peer.mjs {' '.join(self._arguments)}")
        except BaseException:
            await self.close(check=False)
            raise
        self._port = ready.get("port")

    async def close(self, *, check: bool = True) -> None:
        """Ends the process: asks it to, and kills it when it does not. May be called again.

        Args:
            check: Whether errors that nobody handled in Node (an unhandled rejection, an exception
                in an event handler) raise `NodePeerFailedError`.
        """
        process, self._process = self._process, None
        if process is None:
            return
        faults: list[str] = []
        try:
            if self._ready is not None and self._ready.done() and process.returncode is None:
                with contextlib.suppress(NodePeerFailedError, TimeoutError):
                    async with asyncio.timeout(EXIT_SECONDS):
                        faults = await self._command(process, run="exit", args=[])
                        await process.wait()
        finally:
            # The pipes are read to their end, or asyncio would report them as leaked.
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            if process.stdin is not None:
                process.stdin.close()
            await process.wait()
            await asyncio.gather(*self._tasks)
        if check and faults:
            raise NodePeerFailedError("errors that nobody handled in Node:\n" + "\n".join(faults))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is not None and self._stderr:
            exc.add_note(self._said())
        # The test's own failure is the one to see.
        await self.close(check=exc is None)

    # --- commands ---

    async def eval(self, source: str, *args: object) -> Any:
        """Runs JavaScript in Node and returns its result.

        Args:
            source: The source of a function `(api, env, ...args) => ...`, async or not. `api` is
                the main stub of the newest session.
            args: JSON-able arguments.

        Raises:
            NodeError: The function threw, or its result is not plain JSON.
        """
        return await self._command(self._running(), eval=source, args=args)

    async def run(self, command: str, *args: object) -> Any:
        """Runs one of the commands of peer.mjs."""
        return await self._command(self._running(), run=command, args=args)

    async def stats(
        self, *, imports: int | None = None, exports: int | None = None
    ) -> dict[str, int]:
        """Returns `getStats()` of the newest session.

        Args:
            imports: With `exports`: waits until these are the numbers, and fails when that does not
                happen. A session at rest has 1 and 1.
            exports: See `imports`.
        """
        wanted = None if imports is None else {"imports": imports, "exports": exports}
        stats: dict[str, int] = await self.run("stats", wanted)
        return stats

    async def connected(self, index: int = 0) -> None:
        """Waits until a serving peer has had more than `index` connections."""
        await self.run("session", index)

    async def log(self) -> list[str]:
        """Returns what Node noted: disposers that ran, broken sessions, closed sockets."""
        lines: list[str] = await self.run("log")
        return lines

    async def logged(self, line: str, count: int = 1) -> int:
        """Waits until `line` was noted `count` times; returns how often it was."""
        times: int = await self.run("logged", line, count)
        return times

    async def frames(self) -> list[tuple[str, str]]:
        """Returns the frames of the newest session as ("in" or "out", text), in order."""
        return [(way, text) for way, text in await self.run("frames")]

    async def disconnect(self, code: int = 1000, reason: str = "") -> None:
        """Closes the newest session's socket with a close frame and waits for ours."""
        await self.run("close", code, reason)

    async def terminate(self) -> None:
        """Destroys the newest session's socket without a close frame."""
        await self.run("terminate")

    # --- the control channel ---

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise NodePeerFailedError("the Node process is not running")
        return self._process

    async def _command(self, process: asyncio.subprocess.Process, **command: object) -> Any:
        reader, _ = self._tasks
        if reader.done():
            raise self._ended()
        self._last_id += 1
        number = self._last_id
        future = self._replies[number] = asyncio.get_running_loop().create_future()
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps({"id": number, **command}).encode() + b"\n")
            with contextlib.suppress(ConnectionError):  # it died: the reader says so
                await process.stdin.drain()
            return await self._reply(future, str(command.get("run") or command.get("eval")))
        finally:
            self._replies.pop(number, None)

    async def _reply(self, future: asyncio.Future[Any], what: str) -> Any:
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                return await future
        except TimeoutError:
            raise NodePeerFailedError(
                f"no answer within {COMMAND_SECONDS} s: {what}\n{self._said()}"
            ) from None

    async def _read_replies(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            reply = json.loads(line)
            future = self._replies.get(reply["id"]) if "id" in reply else self._ready
            if future is None or future.done():  # whoever asked was cancelled
                continue
            if "error" in reply:
                error = reply["error"]
                future.set_exception(NodeError(error["name"], error["message"], error["stack"]))
            else:
                future.set_result(reply["result"] if "result" in reply else reply["ready"])
        for future in [self._ready, *self._replies.values()]:
            if future is not None and not future.done():
                future.set_exception(self._ended())

    async def _read_stderr(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            self._stderr.append(line.decode(errors="replace").rstrip())

    def _ended(self) -> NodePeerFailedError:
        return NodePeerFailedError(f"the Node process ended\n{self._said()}")

    def _said(self) -> str:
        return "Node's standard error:\n" + "\n".join(self._stderr or ["(nothing)"])
