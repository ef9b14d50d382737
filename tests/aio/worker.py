"""A worker process; its first argument says how it behaves."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import capnweb_runtime as rpc


class Worker(rpc.Target):
    """Its main object."""

    def square(self, n: int) -> int:
        return n * n

    def echo(self, value: Any) -> Any:
        return value

    async def call(self, function: rpc.DynamicStub, value: Any) -> Any:
        return await function(value)

    async def count(self, end: int) -> AsyncIterator[int]:
        for number in range(end):
            yield number

    async def die_within(self, end: int) -> AsyncIterator[int]:
        """A stream that ends with the process."""
        for number in range(end):
            yield number
        os.kill(os.getpid(), signal.SIGKILL)

    async def wait(self) -> None:
        await asyncio.get_running_loop().create_future()

    def exit(self, code: int) -> None:
        os._exit(code)

    def kill(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def leave_a_child(self) -> int:
        """Ends the process, and leaves one that has the same output; gives nothing back."""
        child = subprocess.Popen([sys.executable, "-c", LINGER], stdout=OUTPUT)
        os.write(2, f"{child.pid}\n".encode())
        os._exit(4)

    def prints(self) -> str:
        """Writes to standard output in every way there is; gives what standard input has."""
        print("printed")
        os.write(1, b"written\n")
        subprocess.run(["echo", "by a child"], check=True)
        return sys.stdin.read()

    def garbage(self, text: str) -> None:
        """Writes past the session."""
        os.write(OUTPUT, text.encode("utf-8", "surrogateescape"))


#: It ends when it is told to, or after a minute.
LINGER = "import time; time.sleep(60)"

#: Of this process's output, so that it can be written past the session.
OUTPUT = os.dup(1)


async def stubborn() -> None:
    """Goes on when its input has ended, and when it is asked to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    await rpc.serve_stdio(Worker())
    time.sleep(600)  # noqa: ASYNC251 (it is meant to hang)


async def deaf() -> None:
    """Goes on when its input has ended."""
    await rpc.serve_stdio(Worker())
    time.sleep(600)  # noqa: ASYNC251 (it is meant to hang)


async def greeting() -> None:
    """Calls the other side."""
    async with rpc.accept_stdio(Worker()) as session:
        await session.main.greet("hello from the worker")
        await session.wait_closed()


async def plain() -> None:
    await rpc.serve_stdio(Worker())


WAYS = {way.__name__: way for way in (plain, deaf, stubborn, greeting)}

if __name__ == "__main__":
    asyncio.run(WAYS[sys.argv[1]]())
