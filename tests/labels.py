"""Names of parametrised tests."""

import re

__all__ = ["label"]


def label(value: object) -> str:
    """A value as it is written, but for its address: names are the same in every process."""
    if isinstance(value, memoryview):
        return f"memoryview of {value.obj!r} as {value.format}"
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
