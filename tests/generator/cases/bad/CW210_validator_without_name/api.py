from typing import Annotated, Protocol

from pydantic import AfterValidator, BaseModel, Field, FutureDatetime, PastDate


def even(number: int) -> int:
    if number % 2:
        raise ValueError("not even")
    return number


Even = Annotated[int, AfterValidator(even)]


class User(BaseModel):
    limit: Annotated[int, AfterValidator(even)] = 0


class Api(Protocol):
    async def f(self, a: Annotated[int, AfterValidator(even)], b: Even) -> User: ...
    async def g(self) -> list[Annotated[int, Field(gt=0), AfterValidator(lambda n: n)]]: ...
    async def h(self, day: PastDate) -> FutureDatetime: ...
