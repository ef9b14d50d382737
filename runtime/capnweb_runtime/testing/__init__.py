"""Helpers for the tests of applications.

`session` serves an object, perhaps a fake of a generated `fake.py`, for the time of a test.
`virtual_time` runs a program in an event loop whose clock jumps.
"""

from capnweb_runtime.testing import virtual_time
from capnweb_runtime.testing.fakes import Call, FakeMethod, FakeStream, OverloadedFake, raising
from capnweb_runtime.testing.sessions import session

__all__ = [
    "Call",
    "FakeMethod",
    "FakeStream",
    "OverloadedFake",
    "raising",
    "session",
    "virtual_time",
]
