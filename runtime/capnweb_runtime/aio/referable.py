"""What goes by reference says so itself."""

from abc import abstractmethod

from capnweb_runtime.core.hook import Reference

__all__ = ["Referable"]


class Referable:
    """Stubs, promises and targets: what is sent by reference.

    No `ABC`: with its metaclass each class of generated code takes half as long again to make (a
    promise 30 µs instead of 19), and type checkers see to the abstract method all the same.
    """

    __slots__ = ()

    @abstractmethod
    def __rpc_reference__(self) -> Reference:
        """Gives a reference to it."""

    def __rpc_returned__(self) -> None:
        """A handler returned it, and so gave it to the caller."""
