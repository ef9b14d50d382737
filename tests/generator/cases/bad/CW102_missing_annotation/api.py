from typing import Protocol


class Api(Protocol):
    limit = 3

    async def f(self, a, *b, c=1) -> int: ...
    async def g(self, a: int): ...
    @property
    def p(self): ...
