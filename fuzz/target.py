"""What atheris runs: `python -m fuzz.target [options of libFuzzer] [folders with inputs]`."""

import sys

import atheris

with atheris.instrument_imports(include=["capnweb_runtime"]):
    from fuzz.checking import check
from fuzz.mutating import as_text, mutate

#: Of so many mutations one is of bytes, as libFuzzer makes them.
_BYTES_EVERY = 5


def run(data: bytes) -> None:
    """One input."""
    check(as_text(data))


def change(data: bytes, max_size: int, seed: int) -> bytes:
    """Another input, for libFuzzer."""
    if seed % _BYTES_EVERY == 0:
        changed: bytes = atheris.Mutate(data, max_size)
        return changed
    return mutate(as_text(data), seed).encode("utf-8", "surrogatepass")[:max_size]


if __name__ == "__main__":
    atheris.Setup(sys.argv, run, custom_mutator=change)
    atheris.Fuzz()
