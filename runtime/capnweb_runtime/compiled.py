"""Whether this runtime is compiled, and what `mypyc` has to know of its classes.

`wire` and `core` can be compiled (docs/performance.md); their sources are the same in both forms.
"""

from collections.abc import Callable
from importlib.machinery import ExtensionFileLoader
from importlib.util import find_spec
from typing import TYPE_CHECKING

__all__ = ["is_compiled", "mypyc_attr"]

if TYPE_CHECKING:
    from mypy_extensions import mypyc_attr
else:

    def mypyc_attr(**_options: bool) -> Callable[[object], object]:
        """What the compiler alone reads, which so needs no library at run time."""
        return lambda defined: defined


def is_compiled() -> bool:
    """Whether the modules of `wire` and `core` are compiled here."""
    spec = find_spec("capnweb_runtime.core.endpoint")
    return spec is not None and isinstance(spec.loader, ExtensionFileLoader)
