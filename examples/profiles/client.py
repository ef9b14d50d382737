"""The same question asked twice, once step by step and once in one go: python client.py [url]."""

import asyncio
import sys

import capnweb_runtime as rpc
from api_rpc import ApiStub
from tap import Tap

TOKEN = "cookie-123"


async def step_by_step(api: ApiStub) -> list[str]:
    """Each call waits for the answer to the one before it."""
    with await api.authenticate(TOKEN) as authed:
        user_id = await authed.get_user_id()
        me = await api.get_profile(user_id)
        friends = [await api.get_profile(i) for i in await authed.get_friend_ids()]
        return [me.name, *(friend.name for friend in friends)]


async def in_one_go(api: ApiStub) -> list[str]:
    """No call waits: promises are called, and passed on, as if they were what they will be."""
    with api.authenticate(TOKEN) as authed:
        me = api.get_profile(authed.get_user_id())
        friends = authed.get_friend_ids().map(api.get_profile)
        my_name, names = await asyncio.gather(me.name, friends.map(lambda friend: friend.name))
        return [my_name, *names]


async def main(url: str) -> None:
    for title, ask in (("Step by step", step_by_step), ("In one go", in_one_go)):
        print(f"\n{title}:")
        tap = await Tap.open(url)
        async with rpc.connect(ApiStub, tap) as api:
            names = await ask(api)
        print(f"  {', '.join(names)} (round trips: {tap.round_trips})")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "ws://localhost:8080"))
