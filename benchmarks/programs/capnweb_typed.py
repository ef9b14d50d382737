"""The runtime on both ends with generated code, all of whose arguments and results are validated.

python -m benchmarks.programs.capnweb_typed serve
python -m benchmarks.programs.capnweb_typed connect URL
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import uvloop

import capnweb_runtime as rpc
from benchmarks.programs.worker import check, measure_for_driver, serve_for_driver, versions

RUNNING: Final = versions("capnweb-runtime", "pydantic", "picows", "uvloop")

SOURCE: Final = Path(__file__).with_name("typed_api.py")


class Api:
    """Mixed into the generated target, which is there when this runs."""

    def add(self, a: int, b: int) -> int:
        return a + b


async def serve(generated: Any) -> None:
    target = type("ServedApi", (Api, generated.ApiTarget), {})
    async with rpc.serve(target, "127.0.0.1", 0) as server:
        await serve_for_driver(server.port, RUNNING)


async def connect(generated: Any, url: str) -> None:
    connection = rpc.connect(generated.ApiStub, url)
    async with connection as api:

        async def in_flight(size: int) -> None:
            sums = await rpc.gather(*[api.add(i, 1) for i in range(size)])
            for i in range(size):
                check(sums[i], i + 1)

        await measure_for_driver(
            {"in_flight": in_flight},
            RUNNING,
            at_rest=lambda: check(connection.session.stats(), (1, 1)),
        )


def main() -> None:
    mode, *where = sys.argv[1:]
    generated = import_module("benchmarks.programs.typed_api_rpc")
    uvloop.run(serve(generated) if mode == "serve" else connect(generated, *where))


if __name__ == "__main__":
    main()
