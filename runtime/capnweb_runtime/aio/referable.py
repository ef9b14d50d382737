"""What goes by reference says so itself."""

from abc import ABC, abstractmethod

from capnweb_runtime.core.hook import Reference

__all__ = ["Referable"]


class Referable(ABC):
    """Stubs, promises and targets: what is sent by reference."""

    __slots__ = ()

    @abstractmethod
    def __rpc_reference__(self) -> Reference:
        """Gives a reference to it."""

    def __rpc_returned__(self) -> None:  # noqa: B027 (most have nothing to do then)
        """A handler returned it, and so gave it to the caller."""
