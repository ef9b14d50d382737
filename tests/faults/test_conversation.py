"""The conversation itself, and the proxy when it does no harm."""

from tests.faults.clock import with_jumping_clock
from tests.faults.proxy import Way
from tests.faults.site import Site


@with_jumping_clock
async def test_it_is_the_same_each_time() -> None:
    async with Site.open() as site:
        first = await site.record()
        assert await site.record() == first
        assert min(first.values()) > 50
        await site.new_client_is_served()


@with_jumping_clock
async def test_messages_that_come_in_pieces() -> None:
    """Each in two frames, cut within a character: nothing is lost."""
    async with Site.open() as site:
        talk = await site.join()
        assert talk.link is not None
        talk.link.in_two = True
        await talk.run()
        assert talk.link.count(Way.UP) > 50
        await talk.check_complete()
