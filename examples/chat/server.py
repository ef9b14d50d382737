"""Serves the chat: python server.py [port]."""

import asyncio
import hmac
import sys

import capnweb_runtime as rpc
from api import Event
from api_rpc import AccountTarget, ChatTarget, MembershipTarget

#: The type of a function that a client handed over.
Listener = rpc.Callback[[rpc.Arg[Event]], rpc.Promise[None]]

PASSWORDS = {"ada": "lovelace", "bob": "builder", "eve": "dropper"}


class Room:
    """Who is in a room, and how to tell them of something."""

    def __init__(self) -> None:
        self.listeners: dict[str, Listener] = {}

    def enter(self, user: str, listener: Listener) -> None:
        if user in self.listeners:
            raise ValueError(f"{user} is in this room already")
        self.listeners[user] = listener
        # A client that vanishes leaves the room.
        listener.on_broken(lambda _: self.leave(user))
        self.tell(Event(kind="joined", user=user))

    def leave(self, user: str) -> None:
        listener = self.listeners.pop(user, None)
        if listener is not None:
            listener.dispose()
            self.tell(Event(kind="left", user=user))

    def tell(self, event: Event) -> None:
        for listener in self.listeners.values():
            listener(event)  # nobody waits for the answer: a slow client holds nobody up


ROOMS: dict[str, Room] = {}


class MembershipServer(MembershipTarget):
    def __init__(self, room: Room, user: str) -> None:
        self._room = room
        self._user = user

    def say(self, text: str) -> None:
        self._room.tell(Event(kind="said", user=self._user, text=text))

    def members(self) -> list[str]:
        return sorted(self._room.listeners)

    def __exit__(self, *exc: object) -> None:
        """Called when the client has no reference to this membership any more."""
        self._room.leave(self._user)


class AccountServer(AccountTarget):
    def __init__(self, user: str) -> None:
        self._user = user

    def join(self, room: str, on_event: Listener) -> MembershipServer:
        place = ROOMS.setdefault(room, Room())
        # A function in the arguments is released when the call ends; dup() keeps it longer.
        place.enter(self._user, on_event.dup())
        return MembershipServer(place, self._user)


class ChatServer(ChatTarget):
    def sign_in(self, name: str, password: str) -> AccountServer:
        expected = PASSWORDS.get(name)
        if expected is None or not hmac.compare_digest(expected.encode(), password.encode()):
            raise PermissionError("wrong name or password")
        return AccountServer(name)


async def main(port: int) -> None:
    async with rpc.serve(ChatServer, "localhost", port) as server:
        print(f"listening on ws://localhost:{server.port}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8080))
