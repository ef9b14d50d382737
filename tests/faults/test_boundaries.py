"""A conversation that is disturbed at every boundary of its messages, in every way there is.

Both ends are ours, and alike: each case looks at a client and at a server. See `site.py` for what
has to hold of both.
"""

import asyncio
from typing import Final

import pytest

from tests.faults.clock import with_jumping_clock
from tests.faults.proxy import CLOSE_CODE, CLOSE_REASON, Fault, Kind, Way
from tests.faults.site import KEEPALIVE_SECONDS, Site

#: Conversations at once.
_AT_ONCE: Final = 40

_NO_WORD: Final = "the connection was closed: no close frame received"
_TIMEOUT: Final = "the peer did not answer a ping within 20 s"

#: What the ends may give as the reason.
_REASONS: Final = {
    Kind.RESET: (_NO_WORD,),
    Kind.CLOSE: (_NO_WORD,),
    Kind.HALF_CLOSE: (_NO_WORD,),
    Kind.TORN: (_NO_WORD,),
    Kind.STALL: (_TIMEOUT, _NO_WORD),  # who notices first closes
    Kind.STALL_BOTH: (_TIMEOUT, _NO_WORD),
    Kind.CLOSE_FRAME: (f"the connection was closed: {CLOSE_CODE} {CLOSE_REASON}",),
}

#: Seconds after which all has ended. Where no time need pass the keepalive would come too late.
_DEADLINE: Final = {kind: KEEPALIVE_SECONDS + 5.0 if kind.stalls else 15.0 for kind in Kind}


@pytest.mark.parametrize("way", Way, ids=lambda way: way.value)
@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)
@with_jumping_clock
async def test_all_ends_well(kind: Kind, way: Way) -> None:
    """WS-06, BRK-01, BRK-03, DISP-21"""
    async with Site.open() as site:
        count = (await site.record())[way]
        # Of a message that is torn there has to be one more.
        boundaries = range(count if kind is Kind.TORN else count + 1)
        some = asyncio.Semaphore(_AT_ONCE)

        async def case(after: int) -> None:
            async with some:
                await _disturb(site, Fault(kind, way, after))

        async with asyncio.TaskGroup() as cases:
            for after in boundaries:
                cases.create_task(case(after))
        await site.new_client_is_served()


async def _disturb(site: Site, fault: Fault) -> None:
    talk = await site.join()
    assert talk.link is not None
    talk.link.arm(fault)
    try:
        async with asyncio.timeout(_DEADLINE[fault.kind]):
            await talk.run()
            await talk.link.fired.wait()  # perhaps at the last release, which nobody waits for
            for _, session in talk.ends:
                await session.wait_closed()
            await site.bystander_is_served()
        await talk.check_broken(*_REASONS[fault.kind])
    except BaseException as error:
        error.add_note(f"case: {fault}")
        raise
    finally:
        talk.link.abort()
        await talk.link.closed.wait()
        await talk.connection.aclose()
