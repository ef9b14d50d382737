"""The classes that pydantic makes of generic models are the same in every task and thread."""

import contextvars
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import pytest
from pydantic import BaseModel

from capnweb_runtime.aio.refs import Promise
from capnweb_runtime.aio.shapes import STR, Shape, generic_model, value

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]


class Book(BaseModel, Generic[T]):
    page: Page[T]


def _in_no_context(first: Callable[[], object]) -> None:
    contextvars.Context().run(first)


def _in_a_thread(first: Callable[[], object]) -> None:
    thread = threading.Thread(target=first)
    thread.start()
    thread.join()


@pytest.mark.parametrize("elsewhere", [_in_no_context, _in_a_thread])
@pytest.mark.parametrize("as_value", [False, True])
def test_what_is_received_first_elsewhere(
    elsewhere: Callable[[Callable[[], object]], None], as_value: bool
) -> None:
    shape: Shape[Any, Any] = generic_model(Promise, lambda: Book, STR)
    if as_value:
        shape = value(lambda: Book[str])
    received: list[object] = []

    def receive() -> None:
        received.append(shape.receive({"page": {"items": ["a"]}}, lambda: "the book"))

    elsewhere(receive)
    receive()
    assert received == [Book[str](page=Page[str](items=["a"]))] * 2
    for book in received:
        assert type(book) is Book[str]
        assert type(book.page) is Page[str]
