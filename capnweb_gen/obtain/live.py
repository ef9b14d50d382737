"""Contracts of servers that run, and offer theirs."""

import asyncio

from capnweb_gen.diagnostics import Report, Span
from capnweb_gen.ir import Contract, parse_contract

__all__ = ["contract_of_server", "is_server"]

_SCHEMES = ("ws://", "wss://", "http://", "https://")


def is_server(text: str) -> bool:
    """Whether it is the address of a server."""
    return text.startswith(_SCHEMES)


def contract_of_server(url: str, report: Report) -> tuple[Contract, str | None] | None:
    """The contract that a server offers.

    Args:
        url: of the server.
        report: takes what is wrong.

    Returns:
        It, and the digest of the main object's interface if that is told; None if there is none.
    """
    span = Span(url, 1, 1, 1, 1)
    try:
        text, digest = asyncio.run(_ask(url))
    except Exception as error:  # noqa: BLE001 (of the network, the server, or the protocol)
        message = f"the server cannot be asked: {str(error) or type(error).__name__}"
        report.add("CW011", span, message, "check the address, and that the server runs")
        return None
    if not isinstance(text, str):
        fix = "have it serve with offer_contract=True"
        report.add("CW011", span, "the server offers no contract", fix)
        return None
    contract = parse_contract(text, url, report)
    return None if contract is None else (contract, digest if isinstance(digest, str) else None)


async def _ask(url: str) -> tuple[object, object]:
    # Half a second that those need not wait for who name a file.
    import capnweb_runtime as rpc  # noqa: PLC0415

    if url.startswith("http"):
        async with rpc.http_batch(url) as api:
            text, digest = await asyncio.gather(api["$contract"], api["$digest"])
            return text, digest
    async with rpc.connect(url, call_timeout=30) as api:
        return await api["$contract"], await api["$digest"]
