"""HTTP batches as requests and responses: methods, statuses and origins (protocol: HTTP batch)."""

import asyncio
from collections.abc import Callable
from typing import Final

from capnweb_runtime.aio.batch_server import BATCH_TIMEOUT, Batches
from capnweb_runtime.errors import OnSendError, PeerAbortedError, ProtocolError
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from capnweb_runtime.transports.http import HttpHeaders, HttpRequest, HttpResponse

__all__ = ["BatchHandler"]

_TEXT: Final[HttpHeaders] = [
    ("content-type", "text/plain;charset=UTF-8"),
    # An answer is nothing to be looked at in a browser, whatever it says.
    ("x-content-type-options", "nosniff"),
]

_METHODS: Final = "POST, OPTIONS"

#: Seconds that a browser may remember what a preflight said; Chromium's upper bound.
_PREFLIGHT_SECONDS: Final = "7200"


class BatchHandler:
    """Answers requests to one route (npm: newWorkersRpcResponse, for anything but WebSocket).

    | request | status |
    |---|---|
    | POST of a batch | 200, `text/plain;charset=UTF-8` |
    | POST of what is none | 400, with what is wrong with it |
    | POST of more than `Limits.batch_size` | 413 |
    | POST that takes too long | 504 |
    | a fault here: the factory failed, or there is too much to answer | 500, without a reason |
    | OPTIONS | 204 |
    | any other method | 405 |
    | from a page of an origin that is not allowed | 403 |

    Pages of allowed origins can read the answers. Cookies are not for them: an API that pages of
    several origins use gets the user's credentials in calls.
    """

    def __init__(
        self,
        factory: Callable[[], object],
        *,
        allows: Callable[[str], bool],
        limits: Limits | None = None,
        timeout: float = BATCH_TIMEOUT,
        on_send_error: OnSendError | None = None,
    ) -> None:
        """Nothing is called before the first request.

        Args:
            factory: called for each batch; gives the main object that its client gets.
            allows: whether pages of an origin, such as ``"https://example.com"`` or ``"null"``, may
                use it. Not asked where there is no page: a browser names the origin, others do not.
            limits: what each client may cost.
            timeout: seconds that a batch may take.
            on_send_error: as for `connect`.
        """
        self._factory = factory
        self._allows = allows
        self._size = (limits or DEFAULT_LIMITS).batch_size
        self._batches = Batches(limits=limits, timeout=timeout, on_send_error=on_send_error)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request. Raises nothing but what cancels it."""
        origin = request.header("origin")
        if origin is not None and not self._allows(origin):
            return _text(403, "Pages of this origin are not allowed to use this endpoint.")
        if request.method == "POST":
            response = await self._answer(request.body)
        elif request.method == "OPTIONS":
            response = _options(request)
        else:
            response = _text(405, "This endpoint only accepts POST requests.")
            response.headers.append(("allow", _METHODS))
        if origin is not None:
            # The origin and not "*": whether it is allowed may differ from one to the next.
            response.headers.extend([("access-control-allow-origin", origin), ("vary", "origin")])
        return response

    async def aclose(self) -> None:
        """Cancel what still runs of batches that were answered, and wait until it is gone."""
        await self._batches.aclose()

    async def _answer(self, body: bytes) -> HttpResponse:
        if len(body) > self._size:
            return _text(413, f"A batch has at most {self._size} bytes.")
        try:
            main = self._factory()
        except BaseException as error:  # noqa: BLE001 (no client may end the server; see calls.py)
            return self._failed(error)
        try:
            return HttpResponse(200, list(_TEXT), await self._batches.answer(body, main))
        except ProtocolError as error:
            return _text(400, str(error))  # tells of nothing but the client's own messages
        except PeerAbortedError:
            return _text(400, "The batch ended with an abort.")
        except TimeoutError:
            return _text(504, "The batch took too long.")
        except Exception as error:  # noqa: BLE001 (the same)
            return self._failed(error)

    @staticmethod
    def _failed(error: BaseException) -> HttpResponse:
        asyncio.get_running_loop().call_exception_handler(
            {"message": "an HTTP batch could not be answered", "exception": error}
        )
        return _text(500, "The batch could not be answered.")


def _text(status: int, text: str) -> HttpResponse:
    return HttpResponse(status, list(_TEXT), text.encode())


def _options(request: HttpRequest) -> HttpResponse:
    headers: HttpHeaders = [("allow", _METHODS)]
    if request.header("access-control-request-method") is not None:
        headers += [
            ("access-control-allow-methods", "POST"),
            ("access-control-max-age", _PREFLIGHT_SECONDS),
        ]
        asked = request.header("access-control-request-headers")
        if asked is not None:
            headers.append(("access-control-allow-headers", asked))
    return HttpResponse(204, headers)
