from typing import Protocol, Union

Json = Union[dict[str, "Json"], list["Json"], str]


class Api(Protocol):
    async def get(self) -> Json: ...
