"""What the figures are measured on, and the quiet that they need.

A server and a client that take turns leave each other's core idle for some microseconds at a time.
On a virtual machine an idle core goes back to the host, and waking it costs 0.1 to 2 ms, more than
the call that is to be measured: sequential calls then measure the host, and everybody's ratio looks
like 1. Other processes on the same cores cost as much again. So, where the system allows it, each
measured process has one core, goes before all others, and finds its core awake, kept so by a loop
that anything else may interrupt. Both sides of a comparison run under the same conditions.

What the host takes away (*steal*) cannot be prevented. It is measured, and told.
"""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

__all__ = [
    "CLIENT_CORE",
    "SERVER_CORE",
    "StealMeter",
    "awake",
    "conditions",
    "description",
    "placed",
]

#: Any real-time priority goes before all that is not real-time.
_PRIORITY: Final = 1

_SPIN: Final = """
import os, sys
driver = int(sys.argv[1])
while os.getppid() == driver:
    for _ in range(100_000):
        pass
"""


def _choose_cores() -> tuple[int | None, int | None]:
    if sys.platform != "linux":
        return None, None
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[min(1, len(allowed) - 1)]


#: None where processes cannot be pinned. The same core twice if there is only one.
SERVER_CORE, CLIENT_CORE = _choose_cores()

_CORES: Final = {core for core in (SERVER_CORE, CLIENT_CORE) if core is not None}


@contextmanager
def placed(core: int | None) -> Iterator[None]:
    """Processes started in this block, with all their threads, run on `core` and before others.

    A process inherits both from the thread that starts it, whatever program it runs.
    """
    with ExitStack() as undo:
        if sys.platform == "linux" and core is not None:
            undo.callback(os.sched_setaffinity, 0, os.sched_getaffinity(0))
            os.sched_setaffinity(0, {core})
            if _may_go_first():
                undo.callback(os.sched_setscheduler, 0, os.SCHED_OTHER, os.sched_param(0))
                os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(_PRIORITY))
        yield


def _may_go_first() -> bool:
    """Whether this user may give processes a real-time priority."""
    if sys.platform != "linux":
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(_PRIORITY))
    except PermissionError:
        return False
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return True


@contextmanager
def awake() -> Iterator[None]:
    """Keep both cores awake while the block runs."""
    spinning: list[subprocess.Popen[bytes]] = []
    try:
        if sys.platform == "linux":
            for core in _CORES:
                process = subprocess.Popen((sys.executable, "-c", _SPIN, str(os.getpid())))
                spinning.append(process)
                os.sched_setaffinity(process.pid, {core})
                os.sched_setscheduler(process.pid, os.SCHED_IDLE, os.sched_param(0))
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


class StealMeter:
    """Tells what part of both cores' time the host has taken since this was made or asked."""

    def __init__(self) -> None:
        self._since = time.perf_counter()
        self._ticks = _stolen_ticks()

    def read(self) -> float:
        """From 0 to 1; 0 where it is not known."""
        now, ticks = time.perf_counter(), _stolen_ticks()
        available = (now - self._since) * (len(_CORES) or 1) * os.sysconf("SC_CLK_TCK")
        part = (ticks - self._ticks) / available
        self._since, self._ticks = now, ticks
        return part


def _stolen_ticks() -> int:
    if sys.platform != "linux":
        return 0
    names = {f"cpu{core}" for core in _CORES}
    lines = Path("/proc/stat").read_text(encoding="utf-8").splitlines()
    return sum(int(line.split()[8]) for line in lines if line.split()[0] in names)


def description() -> str:
    """Processor, cores, system."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    return f"{_processor()}, {cores} cores, {platform.system()} {platform.release()}"


def _processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def conditions() -> list[str]:
    """What was done for quiet here, and what could not be."""
    if sys.platform != "linux":
        return ["Not Linux: nothing is pinned to a core. Do not trust these ratios."]
    told = [f"Server on core {SERVER_CORE}, client on core {CLIENT_CORE}, both kept awake."]
    if SERVER_CORE == CLIENT_CORE:
        told.append("There is one core only, which they share: the figures compare nothing else.")
    if _may_go_first():
        told.append("They go before all other processes (real-time priority).")
    else:
        told.append("They compete with other processes: this user may not give them priority.")
    return told
