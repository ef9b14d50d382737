"""One POST by `httpx2`, as HTTP batches need it. It is an extra, and imported when needed."""

import asyncio
import functools
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING

from capnweb_runtime.errors import ConnectionLostError, HttpStatusError

if TYPE_CHECKING:
    import httpx2

__all__ = ["HttpExchange"]


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Whom to trust. Kept: to read it takes a hundred times as long as all else of a client."""
    import httpx2  # noqa: PLC0415 (an extra)

    return httpx2.create_ssl_context()


class HttpExchange:
    """Posts a body, and reads the answer up to a limit."""

    def __init__(
        self,
        url: str,
        client: "httpx2.AsyncClient | None",
        headers: Mapping[str, str],
        timeout: float,
        max_size: int,
    ) -> None:
        """Nothing is sent yet.

        Args:
            url: where to; `http://` or `https://`, or whatever the client makes of it.
            client: lent; None for one of our own.
            headers: added to those of the client.
            timeout: seconds for all of it.
            max_size: bytes of the answer.

        Raises:
            ImportError: if `httpx2` is not installed.
        """
        try:
            import httpx2  # noqa: PLC0415 (an extra)
        except ImportError as error:
            raise ImportError(
                "HTTP batches need httpx2: pip install 'capnweb-runtime[http]'"
            ) from error
        self._httpx2 = httpx2
        self._url = url
        self._client = client
        self._headers = headers
        self._timeout = timeout
        self._max_size = max_size

    async def __call__(self, body: bytes) -> bytes:
        """Gives the body of the answer.

        Raises:
            HttpStatusError: if the status is not 2xx. Redirects are not followed.
            ConnectionLostError: if there is no answer, or too much of it; with what happened as its
                cause.
        """
        try:
            async with asyncio.timeout(self._timeout):
                if self._client is not None:
                    return await self._post(self._client, body)
                async with self._httpx2.AsyncClient(verify=_certificates()) as client:
                    return await self._post(client, body)
        except TimeoutError as error:
            raise ConnectionLostError(
                f"no answer to the HTTP batch within {self._timeout} s"
            ) from error
        except ConnectionLostError:
            raise
        except Exception as error:  # a client of the user's own may raise anything
            raise ConnectionLostError(f"the HTTP batch failed: {error!r}") from error

    async def _post(self, client: "httpx2.AsyncClient", body: bytes) -> bytes:
        headers = {
            "content-type": "text/plain;charset=UTF-8",
            **{name.lower(): value for name, value in self._headers.items()},
            # What is compressed can be a thousand times as large as what was counted when it came.
            "accept-encoding": "identity",
        }
        async with client.stream(
            "POST",
            self._url,
            content=body,
            headers=headers,
            timeout=self._timeout,
            follow_redirects=False,
        ) as response:
            if not response.is_success:
                raise HttpStatusError(response.status_code, response.reason_phrase)
            if response.headers.get("content-encoding", "identity") != "identity":
                raise ConnectionLostError("the answer to the HTTP batch is compressed")
            return await self._read(response)

    async def _read(self, response: "httpx2.Response") -> bytes:
        answer = bytearray()
        async for piece in response.aiter_bytes():
            answer += piece
            if len(answer) > self._max_size:
                raise ConnectionLostError(
                    f"the answer to the HTTP batch has more than {self._max_size} bytes"
                    " (Limits.batch_size)"
                )
        return bytes(answer)
