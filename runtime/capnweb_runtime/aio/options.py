"""The options of a session, whatever it runs over.

`SessionOptions` is what users write, as keyword arguments; `Options` is what it comes to, with all
defaults, checked. A test sees to it that they name the same things.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self, TypedDict

from capnweb_runtime.checks import check_flag, check_function, check_kind, check_timeout
from capnweb_runtime.errors import BrokenError, OnSendError
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits

__all__ = ["DEFAULT_OPTIONS", "Options", "SessionOptions"]


class SessionOptions(TypedDict, total=False):
    """Options of a session, as keyword arguments of whatever opens one.

    Keys:
        limits: what the peer may cost.
        call_timeout: seconds that the answer to a call may take from when it is awaited; then it
            fails with `CallTimeoutError` and is cancelled. None, the default, for ever.
        idle_timeout: seconds after which a session ends in which neither side waits for the other
            and nothing has come from the peer. None, the default, for never.
        on_error: called with the reason if the session ends by a fault: not if either side closed
            it as usual.
        on_close: called with code and reason when the session has ended, however that was. They are
            those of a WebSocket's close frame; without one the code is 1006.
        on_send_error: called with each error that is about to be sent, in whatever place; what it
            returns is sent instead, with its traceback as the stack, so ``lambda error: error``
            shows tracebacks to the peer. None sends the error as it is, without a stack.
        offer_contract: whether the peer can ask this side's main object for its contract: the
            getter `$contract` is the JSON of contract.json, and `$digest` its digest. False by
            default: it names all methods and types.
        stream_calls: whether calls that are awaited as they are made travel as one message in place
            of three, where it makes no difference to what is done with them but this: that one is
            given up is not told to the peer, whose handler runs on. False by default.
    """

    limits: Limits | None
    call_timeout: float | None
    idle_timeout: float | None
    on_error: Callable[[BrokenError], object] | None
    on_close: Callable[[int, str], object] | None
    on_send_error: OnSendError | None
    offer_contract: bool
    stream_calls: bool


@dataclass(frozen=True, slots=True)
class Options:
    """The same, complete (see `SessionOptions`).

    Raises:
        ValueError: for a time that is not positive.
        TypeError: for an option that there is not, or one of the wrong type.
    """

    limits: Limits | None = None
    call_timeout: float | None = None
    idle_timeout: float | None = None
    on_error: Callable[[BrokenError], object] | None = None
    on_close: Callable[[int, str], object] | None = None
    on_send_error: OnSendError | None = None
    offer_contract: bool = False
    stream_calls: bool = False

    def __post_init__(self) -> None:
        check_timeout(self.call_timeout, "call_timeout")
        check_timeout(self.idle_timeout, "idle_timeout")
        check_kind(self.limits, Limits, "limits", "Limits")
        for name in ("on_error", "on_close", "on_send_error"):
            check_function(getattr(self, name), name)
        check_flag(self.offer_contract, "offer_contract")
        check_flag(self.stream_calls, "stream_calls")

    @classmethod
    def among(cls, given: SessionOptions, others: type) -> Self:
        """Those of a session among all that were given.

        Args:
            given: options.
            others: the TypedDict that says which there may be besides.

        Raises:
            TypeError: for one that there is not.
        """
        session = {key: value for key, value in given.items() if key in cls.__slots__}
        for key in given:
            if key not in session and key not in others.__annotations__:
                near = get_close_matches(key, [*cls.__slots__, *others.__annotations__], 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise TypeError(f"there is no option {key!r}{hint}")
        return cls(**session)  # type: ignore[arg-type]  # as SessionOptions says

    @property
    def bounds(self) -> Limits:
        """The limits that hold: those given, or the default ones."""
        return self.limits or DEFAULT_LIMITS


DEFAULT_OPTIONS = Options()
