r"""Texts that try to become code."""

from typing import Literal, Protocol

from pydantic import BaseModel, Field


class Note(BaseModel):
    """Ends with a backslash: \\"""

    text: str = Field(default='"""', alias='"; import os #\'"')
    back: str = Field(default="\\", alias="back\\slash\n")


class Texts(Protocol):
    """Says \"\"\" and more."""

    async def quotes(self, mode: Literal['"""', "'''", "\\", "\n"]) -> None:
        '''Says """ and ends with "'''

    async def backslash(self, sep: str = "\\") -> None:
        r"""C:\new\table, \N{BULLET} and \x00: nothing of it is an escape."""

    async def lines(
        self,
        text: str = """a
    b""",
    ) -> Note:
        """First.

            indented
        {{ braces }} {% raw %}

        \u2028 and \u00a0 and \x07 cannot be seen.
        """
        ...

    async def code(self) -> None:
        """End.\"\"\"
        import os
        \"\"\"
        """

    async def indented(self) -> None:
        """
        All but the first line are indented:
            so they stay.
        """
        ...
