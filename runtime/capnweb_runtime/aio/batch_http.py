"""HTTP batches as requests and responses: methods, statuses and origins (protocol: HTTP batch)."""

import asyncio
from typing import Final, Generic, TypeVar

from capnweb_runtime.aio.batch_server import Batches
from capnweb_runtime.aio.hosting import FactoryFailedError, Hosting
from capnweb_runtime.aio.refs import Stub
from capnweb_runtime.errors import PeerAbortedError, ProtocolError, SessionClosedError
from capnweb_runtime.transports.http import HttpHeaders, HttpRequest, HttpResponse

__all__ = ["BatchHandler"]

S = TypeVar("S", bound=Stub)

_TEXT: Final[HttpHeaders] = [
    ("content-type", "text/plain;charset=UTF-8"),
    # An answer is nothing to be looked at in a browser, whatever it says.
    ("x-content-type-options", "nosniff"),
]

_FAILED: Final = "The batch could not be answered."

_METHODS: Final = "POST, OPTIONS"

#: Seconds that a browser may remember what a preflight said; Chromium's upper bound.
_PREFLIGHT_SECONDS: Final = "7200"


class BatchHandler(Generic[S]):
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

    def __init__(self, hosting: Hosting[S]) -> None:
        """`hosting` makes the main object of each batch, and keeps its session."""
        self._hosting = hosting
        self._size = hosting.options.bounds.batch_size
        self._batches = Batches(
            hosting.stub, hosting.options, hosting.batch_timeout, hosting.sessions
        )

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request. Raises nothing but what cancels it."""
        refusal = self._hosting.refusal(request.head)
        if refusal is not None:
            return _text(*refusal)
        origin = request.head.headers.get("origin")
        if request.method == "POST":
            response = await self._answer(request)
        elif request.method == "OPTIONS":
            response = _options(request)
        else:
            response = _text(405, "This endpoint only accepts POST requests.")
            response.headers.append(("allow", _METHODS))
        if origin is not None:
            # The origin and not "*": whether it is allowed may differ from one to the next.
            response.headers.extend([("access-control-allow-origin", origin), ("vary", "origin")])
        return response

    @property
    def size(self) -> int:
        """Bytes that a request may have."""
        return self._size

    async def aclose(self) -> None:
        """Cancel what still runs of batches that were answered, and wait until it is gone."""
        await self._batches.aclose()

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        if len(request.body) > self._size:
            return _text(413, f"A batch has at most {self._size} bytes.")
        try:
            answer = await self._batches.answer(request.body, self._hosting.main(request.head))
        except ProtocolError as error:
            return _text(400, str(error))  # tells of nothing but the client's own messages
        except PeerAbortedError:
            return _text(400, "The batch ended with an abort.")
        except SessionClosedError:
            return _text(503, "The server shuts down.")
        except TimeoutError:
            return _text(504, "The batch took too long.")
        except FactoryFailedError:  # and has been reported
            return _text(500, _FAILED)
        except Exception as error:  # noqa: BLE001 (no client may end the server; see calls.py)
            asyncio.get_running_loop().call_exception_handler(
                {"message": "an HTTP batch could not be answered", "exception": error}
            )
            return _text(500, _FAILED)
        return HttpResponse(200, list(_TEXT), answer)


def _text(status: int, text: str) -> HttpResponse:
    return HttpResponse(status, list(_TEXT), text.encode())


def _options(request: HttpRequest) -> HttpResponse:
    headers: HttpHeaders = [("allow", _METHODS)]
    if request.head.headers.get("access-control-request-method") is not None:
        headers += [
            ("access-control-allow-methods", "POST"),
            ("access-control-max-age", _PREFLIGHT_SECONDS),
        ]
        asked = request.head.headers.get("access-control-request-headers")
        if asked is not None:
            headers.append(("access-control-allow-headers", asked))
    return HttpResponse(204, headers)
