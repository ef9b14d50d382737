"""The processes that do the work, each on its core.

A program is run as `... serve`, as `... connect URL`, or as `... alone`, which does as the one that
connects does, with both ends in itself. It speaks JSON, one object a line, on its
standard streams, and ends with its standard input:

    <- {"versions": {"Python": "3.11.7", ...}, "port": 40123}       it is ready; port: servers only
    -> {"workload": "chain", "size": 50, "warm_up": 0.3, "seconds": 0.5}            clients only
    <- {"operations": 2350, "seconds": 0.5003}
    -> {}                                                                           servers only
    <- {"bytes": 41230336}                                                 of memory, all in all

What goes wrong in it goes to standard error, which is ours, and ends it.
"""

import json
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from benchmarks.machine import CLIENT_CORE, SERVER_CORE, placed
from benchmarks.scenarios import Pair, Program, Workload

__all__ = ["BenchmarkError", "Peer", "RunningPair"]

_ROOT: Final = Path(__file__).resolve().parent.parent

#: How long a process may take to be ready, or to end, and beyond the time that it is to measure.
_PATIENCE: Final = 15.0


class BenchmarkError(Exception):
    """A process could not be started, or died, or did not answer."""


class Peer:
    """A running program."""

    def __init__(self, program: Program, *arguments: str, core: int | None) -> None:
        """Start it and wait until it is ready."""
        self._command = (*program.command, *arguments)
        try:
            with placed(core):
                self._process = subprocess.Popen(
                    self._command,
                    cwd=_ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    encoding="utf-8",
                )
        except OSError as error:
            raise BenchmarkError(f"cannot run {self._command[0]}: {error}") from error
        try:
            self.ready = self._read(_PATIENCE)
        except BaseException:
            self.close()
            raise

    def ask(self, request: dict[str, object], seconds: float) -> dict[str, Any]:
        """The answer to `request`, which should take `seconds`.

        Raises:
            BenchmarkError: if there is none.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError:
            pass  # it is dead: reading says so
        return self._read(seconds + _PATIENCE)

    def close(self) -> None:
        """End it."""
        try:
            self._process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def _read(self, seconds: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        watchdog = threading.Timer(seconds, self._process.kill)
        watchdog.start()
        try:
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            raise BenchmarkError(f"died, or was killed for silence: {' '.join(self._command)}")
        answer: dict[str, Any] = json.loads(line)
        return answer


class RunningPair:
    """A server and a client, connected, each on its core. A context manager: it ends both.

    Attributes:
        versions: of what runs, by name, as the processes themselves tell them.
    """

    def __init__(self, pair: Pair) -> None:
        self._server: Peer | None = None
        where = ["alone"]
        try:
            if pair.server is not None:
                self._server = Peer(pair.server, "serve", core=SERVER_CORE)
                where = ["connect", f"ws://127.0.0.1:{self._server.ready['port']}"]
            self._client = Peer(pair.client, *where, core=CLIENT_CORE)
        except BaseException:
            self._close_server()
            raise
        served: dict[str, str] = {} if self._server is None else self._server.ready["versions"]
        self.versions: dict[str, str] = served | self._client.ready["versions"]

    def rate(self, workload: Workload, warm_up: float, seconds: float) -> float:
        """Operations a second, after `warm_up` seconds of the same, by the client's clock.

        Of a workload that is about memory: how many of what it makes the server holds in a KiB.
        Nothing is warmed up then: what that made would be held, and not counted.
        """
        if workload.is_memory:
            warm_up = 0.0
        request: dict[str, object] = {
            "workload": workload.name,
            "size": workload.size,
            "warm_up": warm_up,
            "seconds": seconds,
        }
        before = self._memory() if workload.is_memory else 0
        answer = self._client.ask(request, warm_up + seconds)
        if workload.is_memory:
            return float(answer["operations"] * 1024 / max(self._memory() - before, 1))
        rate: float = answer["operations"] / answer["seconds"]
        return rate

    def _memory(self) -> int:
        assert self._server is not None
        taken: int = self._server.ask({}, 0)["bytes"]
        return taken

    def close(self) -> None:
        """End both processes."""
        self._client.close()
        self._close_server()

    def _close_server(self) -> None:
        if self._server is not None:
            self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
