"""A part of a JSON value, which knows where it stands and says so if it is not as it should be."""

from collections.abc import Mapping
from enum import Enum
from typing import NoReturn, TypeVar

__all__ = ["InvalidPartError", "Part"]

E = TypeVar("E", bound=Enum)


class InvalidPartError(Exception):
    """A part is not as it should be.

    Attributes:
        path: of the part, such as `interfaces["api:Api"].members.add.kind`.
        fix: what to do about it, if that is anything special.
    """

    def __init__(self, message: str, path: str, fix: str) -> None:
        super().__init__(message)
        self.path = path
        self.fix = fix


class Part:
    """A part of a JSON value. Every method raises `InvalidPartError` if it is of another kind."""

    def __init__(self, value: object, path: str = "") -> None:
        self.value = value
        self._path = path

    def refuse(self, message: str, fix: str = "") -> NoReturn:
        """Raise the error that says what is wrong with this part."""
        raise InvalidPartError(message, self._path or "the whole", fix)

    # ---- objects

    def members(self) -> dict[str, "Part"]:
        """The members of an object."""
        return {key: self._member(key, value) for key, value in self._object().items()}

    def __getitem__(self, key: str) -> "Part":
        found = self.get(key)
        return self.refuse(f"{key} is missing") if found is None else found

    def get(self, key: str) -> "Part | None":
        """A member of an object, None if it has none of this name."""
        members = self._object()
        return self._member(key, members[key]) if key in members else None

    def items_of(self, key: str) -> list["Part"]:
        """The elements of a member that is an array; none if it is left out."""
        found = self.get(key)
        return [] if found is None else found.items()

    def optional_text(self, key: str) -> str | None:
        """A member that is a text; None if it is left out."""
        found = self.get(key)
        return None if found is None else found.text()

    def flag(self, key: str) -> bool:
        """A member that is true or false, which it is if it is left out."""
        found = self.get(key)
        if found is None or found.value is False:
            return False
        return True if found.value is True else found.refuse("is neither true nor false")

    def _object(self) -> Mapping[str, object]:
        return self.value if isinstance(self.value, dict) else self.refuse("is no object")

    def _member(self, key: str, value: object) -> "Part":
        plain = f"{self._path}.{key}" if self._path else key
        return Part(value, plain if key.isidentifier() else f'{self._path}["{key}"]')

    # ---- others

    def items(self) -> list["Part"]:
        """The elements of an array."""
        if not isinstance(self.value, list):
            self.refuse("is no array")
        return [Part(value, f"{self._path}[{index}]") for index, value in enumerate(self.value)]

    def text(self) -> str:
        """A text."""
        return self.value if isinstance(self.value, str) else self.refuse("is no text")

    def scalar(self) -> str | int | float | bool | None:
        """A text, number, true, false or null; the protocol writes infinities as arrays."""
        match self.value:
            case None | str() | int() | float():
                return self.value
            case ["inf" | "-inf" as sign]:
                return float(sign)
            case _:
                return self.refuse("is neither text, number, true, false nor null")

    def one_of(self, kinds: type[E]) -> E:
        """A text that is the value of a member of an enum."""
        found = next((kind for kind in kinds if kind.value == self.text()), None)
        names = ", ".join(str(kind.value) for kind in kinds)
        return found or self.refuse(f"{self.value!r} is none of {names}")
