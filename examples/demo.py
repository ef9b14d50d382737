"""`make demo`: generates, type-checks and runs the examples, and tells what happens."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

EXAMPLES = Path(__file__).parent
PYTHON = sys.executable


def say(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n## {text}", flush=True)


def run(example: str, *command: str) -> None:
    """Run a command in an example's folder, and show it."""
    shown = " ".join("python" if word == PYTHON else word for word in command)
    shown = shown.replace("python -m ", "").replace("_", "-", 1).replace("--config-file= ", "")
    print(f"$ {shown}", flush=True)
    subprocess.run(command, cwd=EXAMPLES / example, check=True)


class Process:
    """A program of an example, whose output is shown line by line under its name."""

    def __init__(self, example: str, name: str, *arguments: str) -> None:
        self._name = name
        self._process = subprocess.Popen(
            [PYTHON, *arguments],
            cwd=EXAMPLES / example,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    @property
    def _output(self) -> IO[str]:
        assert self._process.stdout is not None
        return self._process.stdout

    def wait_for(self, text: str) -> str:
        """Show its output up to the line that contains `text`."""
        for line in self._output:
            print(f"  [{self._name}] {line}", end="", flush=True)
            if text in line:
                return line
        raise SystemExit(f"{self._name} ended without saying {text!r}")

    def type(self, line: str) -> None:
        """Type a line into it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it, if it has not ended."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


@contextmanager
def process(example: str, name: str, *arguments: str) -> Iterator[Process]:
    started = Process(example, name, *arguments)
    try:
        yield started
    finally:
        started.close()


@contextmanager
def server(example: str) -> Iterator[str]:
    """The server of an example, on a port of its own; gives its URL."""
    with process(example, "server", "server.py", "0") as started:
        yield started.wait_for("listening on").split()[-1]


def generate_and_check(example: str) -> None:
    run(example, PYTHON, "-m", "capnweb_gen", "api.py")
    # Not with this project's own configuration, which asks for more than a user's may.
    run(example, PYTHON, "-m", "mypy", "--strict", "--config-file=", "server.py", "client.py")


def profiles() -> None:
    say("profiles: capnweb-gen makes typed code of two Protocols, and mypy checks how it is used.")
    generate_and_check("profiles")
    say("A client asks what depends on one another: first one by one, then all at once.")
    with server("profiles") as url:
        run("profiles", PYTHON, "client.py", url)


def chat() -> None:
    say("chat: clients hand the server functions, and it calls them.")
    generate_and_check("chat")
    say("Ada joins, then Bob; each sees what the other does.")
    with server("chat") as url, process("chat", "ada", "client.py", "ada", "lovelace", url) as ada:
        ada.wait_for("in the lounge: ada")
        with process("chat", "bob", "client.py", "bob", "builder", url) as bob:
            bob.wait_for("in the lounge: ada, bob")
            ada.wait_for("* bob joined")
            ada.type("hello, Bob")
            bob.wait_for("ada: hello, Bob")
            say("Bob's process is killed. The server notices, and he leaves the room.")
            bob.kill()
            ada.wait_for("* bob left")


if __name__ == "__main__":
    profiles()
    chat()
    say("That is all. Read examples/*/README.md, and begin with an api.py of your own.")
