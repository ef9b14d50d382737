"""Chats: python client.py NAME PASSWORD [url]. Each line of input is said; end of input leaves."""

import asyncio
import sys

import capnweb_runtime as rpc
from api import Event
from api_rpc import ChatStub


def show(event: Event) -> None:
    """Called by the server, for each event in the room."""
    if event.kind == "said":
        print(f"{event.user}: {event.text}", flush=True)
    else:
        print(f"* {event.user} {event.kind}", flush=True)


async def input_lines() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def main(name: str, password: str, url: str) -> None:
    async with rpc.connect(ChatStub, url) as chat:
        # Signing in and joining travel together: the account is never sent here.
        with chat.sign_in(name, password).join("lounge", show) as membership:
            print(f"in the lounge: {', '.join(await membership.members())}", flush=True)
            async for line in await input_lines():
                await membership.say(line.decode().strip())


if __name__ == "__main__":
    user, secret, *rest = sys.argv[1:]
    asyncio.run(main(user, secret, rest[0] if rest else "ws://localhost:8080"))
