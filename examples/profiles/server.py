"""Serves the profiles: python server.py [port]."""

import asyncio
import sys

import capnweb_runtime as rpc
from api import Profile
from api_rpc import ApiTarget, AuthedApiTarget

TOKENS = {"cookie-123": 1}
FRIENDS = {1: [2, 3]}
PROFILES = {
    1: Profile(id=1, name="Ada Lovelace", bio="Wrote the first program"),
    2: Profile(id=2, name="Alan Turing", bio="Asked whether machines can think"),
    3: Profile(id=3, name="Grace Hopper", bio="Made the first compiler"),
}


class AuthedServer(AuthedApiTarget):
    def __init__(self, user_id: int) -> None:
        self._user_id = user_id

    def get_user_id(self) -> int:
        return self._user_id

    def get_friend_ids(self) -> list[int]:
        return FRIENDS[self._user_id]


class ApiServer(ApiTarget):
    def authenticate(self, token: str) -> AuthedServer:
        if token not in TOKENS:
            raise PermissionError("no such token")
        return AuthedServer(TOKENS[token])

    def get_profile(self, user_id: int) -> Profile:
        return PROFILES[user_id]


async def main(port: int) -> None:
    async with rpc.serve(ApiServer, "localhost", port) as server:
        print(f"listening on ws://localhost:{server.port}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8080))
