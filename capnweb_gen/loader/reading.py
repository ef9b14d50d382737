"""Reading sources in child processes: what a module does when it is imported cannot harm this one.

A module may print, exit, crash, start threads and processes, or never come back. So it runs in a
child, which is given up together with all that it has started. One child reads all modules that are
imported from the same folder, since starting it takes longer than reading them.
"""

import io
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import Contract
from capnweb_gen.loader.child import START, Answer, Request
from capnweb_gen.loader.failures import report_end
from capnweb_gen.loader.pickling import load_one
from capnweb_gen.loader.source import Source, find_source

__all__ = ["read"]


def _nothing() -> None:
    """What is done while there is nothing to do."""


def read(
    paths: Iterable[Path],
    report: Report,
    *,
    root: Path | None = None,
    time_limit: float | None = None,
    meanwhile: Callable[[], None] = _nothing,
) -> list[tuple[Source, Contract]]:
    """The interfaces of files, and everything they lead to.

    Args:
        paths: of the files.
        report: takes what is wrong.
        root: the folder that modules are imported from; found for each file if None.
        time_limit: for importing each module, in seconds; None is no limit.
        meanwhile: what this process does once while it waits.

    Returns:
        The sources in the order of `paths`, without those of which nothing could be read. After
        errors in single annotations there is a contract, in which they stand as Any.
    """
    found = [find_source(path, report, root) for path in paths]
    sources = list(dict.fromkeys(source for source in found if source))
    contracts: dict[Source, Contract] = {}
    waiting: deque[list[Source]] = deque(
        [each for each in sources if each.root == folder]
        for folder in dict.fromkeys(source.root for source in sources)
    )
    running: deque[_Child] = deque()
    with ExitStack() as stack:
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                running.append(stack.enter_context(_Child(waiting.popleft(), time_limit)))
            meanwhile()
            meanwhile = _nothing
            child = running.popleft()
            answers = child.answers(report)
            for source, answer in zip(child.sources, answers, strict=False):
                report.extend(answer.diagnostics)
                if answer.contract is not None:
                    contracts[source] = answer.contract
            if rest := child.sources[len(answers) + 1 :]:  # behind the one at which it ended
                waiting.append(rest)
    return [(source, contracts[source]) for source in sources if source in contracts]


class _Child:
    """A process that reads sources of one folder. The context ends it, whatever it is doing."""

    def __init__(self, sources: list[Source], time_limit: float | None) -> None:
        self.sources = sources
        self._time_limit = time_limit

    def __enter__(self) -> Self:
        self._output = tempfile.TemporaryFile()
        self._process = subprocess.Popen(  # noqa: S603 (this very program)
            [sys.executable, "-P", "-c", START, *sys.path],
            stdin=subprocess.PIPE,
            stdout=self._output,
            env={**os.environ, "CAPNWEB_GEN": "1"},
            # A group of its own, with all that it starts. Ctrl-C then reaches this process only,
            # which ends the child for sure.
            start_new_session=True,
        )
        request = Request(self.sources[0].root, tuple(self.sources), self._time_limit)
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended already, as its status will tell
            self._process.stdin.write(pickle.dumps(request))
            self._process.stdin.flush()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._kill()
        self._process.wait()
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._output.close()

    def _kill(self) -> None:
        with suppress(OSError):  # there is nobody any more
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def answers(self, report: Report) -> list[Answer]:
        """Wait until it has ended. If it did so before the last answer, that is reported."""
        status = self._process.wait()
        self._kill()  # what it has started
        self._output.seek(0)
        output = self._output.read()
        found, rest = _parted(output, len(self.sources))
        if len(found) < len(self.sources):
            dump = rest.decode(errors="replace")
            report_end(status, dump, self._time_limit, self.sources[len(found)], report)
        return found


def _parted(output: bytes, most: int) -> tuple[list[Answer], bytes]:
    """The whole answers at the beginning of an output, and what follows them."""
    found: list[Answer] = []
    stream = io.BytesIO(output)
    end = 0
    with suppress(EOFError, pickle.UnpicklingError):  # it ended in the middle of one
        while len(found) < most and output.startswith(pickle.PROTO, end):
            found.append(load_one(stream))
            end = stream.tell()
    return found, output[end:]
