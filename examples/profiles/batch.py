"""The same question in one HTTP request: python batch.py [url]."""

import asyncio
import sys

from client import in_one_go

import capnweb_runtime as rpc
from api_rpc import ApiStub


async def main(url: str) -> None:
    async with rpc.http_batch(ApiStub, url) as api:
        names = await in_one_go(api)
    print(f"{', '.join(names)} (one POST)")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080"))
