"""Flow control (FLOW-*): the window of a stream, with a clock of the tests' own.

The numbers are those of the reference, written out, so that nobody changes one side alone.
"""

from typing import Any, NoReturn

import pytest
from typing_extensions import override

from capnweb_runtime.core import flow
from capnweb_runtime.core.flow import FlowController, Sent
from capnweb_runtime.core.hook import Hook, Path
from capnweb_runtime.core.hooks import ErrorHook, ValueHook
from capnweb_runtime.core.payload import EncodedPayload, Payload
from capnweb_runtime.core.pending import Pending, PromiseHook
from capnweb_runtime.core.streams import StreamWriter
from capnweb_runtime.errors import RpcError

KIB = 1024


class Clock:
    """The time, which passes when a test says so."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


class Line:
    """A controller whose writes are answered after so many seconds, one at a time."""

    def __init__(self, round_trip: float = 0.125) -> None:
        self.clock = Clock()
        self.controller = FlowController(self.clock)
        self.round_trip = round_trip
        self.write(1000)  # the first answer only tells the round trip

    @property
    def window(self) -> float:
        return self.controller.window

    def write(self, size: float, seconds: float | None = None) -> None:
        sent = self.controller.sent(int(size))
        self.clock.time += self.round_trip if seconds is None else seconds
        self.controller.acknowledged(sent)

    def steady(self) -> "Line":
        """After startup: three rounds in which less than the window was needed."""
        while self.controller.in_startup:
            self.write(1000)
        return self


def test_constants() -> None:
    """FLOW-01, FLOW-03, FLOW-04, FLOW-05"""
    assert flow.INITIAL_WINDOW == 262_144
    assert flow.MIN_WINDOW == 65_536
    assert flow.MAX_WINDOW == 1_073_741_824
    assert (flow.STARTUP_GROWTH, flow.STEADY_GROWTH, flow.DECAY) == (2, 1.25, 0.9)
    assert flow.STARTUP_ROUNDS == 3


def test_the_first_answer_changes_nothing() -> None:
    """FLOW-01: it is what the others are measured from."""
    controller = FlowController(Clock())
    assert (controller.window, controller.in_flight, controller.has_room) == (256 * KIB, 0, True)
    controller.acknowledged(controller.sent(256 * KIB))
    assert (controller.window, controller.in_flight) == (256 * KIB, 0)


@pytest.mark.parametrize(
    ("sizes", "room"),
    [
        ([256 * KIB - 1], True),
        ([256 * KIB], False),
        ([300 * KIB], False),
        ([128 * KIB, 128 * KIB - 1], True),
        ([128 * KIB, 128 * KIB], False),
        ([0], True),
    ],
)
def test_the_write_that_fills_the_window(sizes: list[int], *, room: bool) -> None:
    """FLOW-02: it is sent whole, whatever its size; the next waits."""
    controller = FlowController(Clock())
    sent = [controller.sent(size) for size in sizes]
    assert [write.window_full for write in sent] == [False] * (len(sizes) - 1) + [not room]
    assert controller.has_room is room
    for write in sent:
        controller.acknowledged(write)
    assert controller.has_room
    assert controller.in_flight == 0


@pytest.mark.parametrize(
    ("size", "seconds", "factor"),
    [
        # Bandwidth x round trip x growth, where that lies within what is allowed.
        (192 * KIB, 0.125, 2 * 192 / 256),
        (256 * KIB, 0.1875, 2 * 2 / 3),
        # At most by the growth, at least to 0.9.
        (256 * KIB, 0.125, 2),
        (1024 * KIB, 0.125, 2),
        (256 * KIB, 0.0625, 2),
        (256 * KIB, 12.5, 0.9),
        # It does not shrink when there was room all the time.
        (100 * KIB, 0.125, 1),
        (1 * KIB, 12.5, 1),
    ],
)
def test_startup(size: int, seconds: float, factor: float) -> None:
    """FLOW-03, FLOW-05"""
    line = Line()
    assert line.controller.in_startup
    line.write(size, seconds)
    assert line.window == pytest.approx(256 * KIB * factor)


@pytest.mark.parametrize(
    ("size", "seconds", "factor"),
    [
        (256 * KIB, 0.125, 1.25),
        (1024 * KIB, 0.125, 1.25),
        (256 * KIB, 0.15625, 1),
        (256 * KIB, 0.1640625, 1.25 * 0.125 / 0.1640625),
        (256 * KIB, 12.5, 0.9),
        (220 * KIB, 0.125, 1.25 * 220 / 256),
        (100 * KIB, 0.125, 1),
        (1 * KIB, 12.5, 1),
    ],
)
def test_after_startup(size: int, seconds: float, factor: float) -> None:
    """FLOW-03, FLOW-05"""
    line = Line().steady()
    assert line.window == 256 * KIB
    line.write(size, seconds)
    assert line.window == pytest.approx(256 * KIB * factor)


def test_startup_doubles_each_round_trip_as_long_as_it_helps() -> None:
    """FLOW-03"""
    line = Line()
    seen = []
    for _ in range(5):
        line.write(line.window)
        seen.append(line.window)
    assert seen == [256 * KIB * 2**n for n in range(1, 6)]
    assert line.controller.in_startup


def test_many_answers_in_one_round_trip_grow_it_once() -> None:
    """FLOW-03: "by no more than that factor per round trip"."""
    line = Line()
    writes = [line.controller.sent(32 * KIB) for _ in range(8)]
    line.clock.time += line.round_trip
    for write in writes:
        line.controller.acknowledged(write)
    assert line.window == 512 * KIB


def test_startup_ends_after_three_rounds_without_growth() -> None:
    """FLOW-04: of a quarter; growth begins the count again."""
    line = Line()
    line.write(line.window)
    states = []
    for grow in [False, False, True, False, False, False]:
        line.write(line.window if grow else 1000)
        states.append(line.controller.in_startup)
    assert states == [True, True, True, True, True, False]
    line.write(line.window)
    assert not line.controller.in_startup, "it does not begin again"


def test_a_round_is_counted_once() -> None:
    """FLOW-04: the answers to what was sent before the round began do not end it."""
    line = Line()
    writes = [line.controller.sent(1000) for _ in range(10)]
    line.clock.time += line.round_trip
    for write in writes:
        line.controller.acknowledged(write)
    assert line.controller.in_startup, "one round, not ten"


def test_least_window() -> None:
    """FLOW-01, FLOW-05: by a tenth each time, and no further than 64 KiB."""
    line = Line().steady()
    seen = []
    while line.window > 64 * KIB:
        line.write(line.window + 1, 60)
        seen.append(line.window)
    assert seen[:3] == pytest.approx([256 * KIB * 0.9, 256 * KIB * 0.81, 256 * KIB * 0.729])
    assert len(seen) == 14
    line.write(line.window, 60)
    assert line.window == 64 * KIB


def test_greatest_window() -> None:
    """FLOW-01"""
    line = Line()
    for _ in range(20):
        line.write(line.window)
    assert line.window == 1024 * KIB * KIB


def test_no_time_between_answers_says_nothing() -> None:
    """FLOW-03: a link so fast that the clock stands still; as if there were no bound."""
    line = Line()
    line.write(256 * KIB, 0)
    assert line.window == 512 * KIB
    line = Line(round_trip=0)
    line.write(256 * KIB)
    assert line.window == 512 * KIB


def test_round_trip_is_the_least_that_was_seen() -> None:
    """FLOW-03: a queue on the way does not count as distance."""
    line = Line(round_trip=0.125)
    line.write(1000, 0.25)
    line.write(256 * KIB, 0.25)
    assert line.window == 256 * KIB, "half the bandwidth, the first round trip, twice that"


def test_a_failed_write_frees_its_size_alone() -> None:
    """FLOW-06"""
    line = Line()
    line.write(line.window)
    before = line.window, line.controller.in_startup
    write = line.controller.sent(1024 * KIB)
    assert not line.controller.has_room
    line.controller.failed(write)
    assert line.controller.has_room
    assert line.controller.in_flight == 0
    assert (line.window, line.controller.in_startup) == before
    line.write(line.window)
    assert line.window == 1024 * KIB, "and nothing of it is measured"


def test_window_follows_the_way() -> None:
    """FLOW-03: it settles where the line is kept busy, and not far above."""
    bandwidth, round_trip = 8 * KIB * KIB, 0.125
    clock = Clock()
    controller = FlowController(clock)
    on_the_way: list[tuple[float, Sent]] = []
    free = clock.time
    for _ in range(3000):
        while controller.has_room:
            size = 16 * KIB
            free = max(free, clock.time) + size / bandwidth
            on_the_way.append((free + round_trip, controller.sent(size)))
        clock.time, write = on_the_way.pop(0)
        controller.acknowledged(write)
    assert not controller.in_startup
    product = bandwidth * round_trip
    assert product < controller.window < 2 * product


# --- the writer


class Stream(Hook):
    """The far end of a stream: answers when a test says so, and tells sizes if it is remote."""

    def __init__(self, size: int | None) -> None:
        self.size = size
        self.calls: list[str] = []
        self.answers: list[Pending] = []
        self.disposals = 0

    @override
    def stream(self, path: Path, arguments: Payload) -> tuple[Hook, int | None]:
        arguments.dispose()
        self.calls.append(str(path[0]))
        self.answers.append(Pending())
        return PromiseHook(self.answers[-1]), self.size

    def answer(self, index: int = 0, error: BaseException | None = None) -> None:
        hook = ErrorHook(error) if error else ValueHook(EncodedPayload(["undefined"]))
        self.answers[index].settle(hook)

    @override
    def dispose(self) -> None:
        self.disposals += 1

    def _never(self, *_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a StreamWriter only streams to its hook, and disposes of it")

    call = get = map = dup = pull = on_broken = _never


def chunk() -> EncodedPayload:
    return EncodedPayload([["x"]])


def writes_until_full(stream: Stream, limit: int = 100) -> tuple[StreamWriter, list[Any]]:
    """Write as long as there is room; gives what the writer that waits is told."""
    writer = StreamWriter(stream, Clock())
    told: list[Any] = []
    for _ in range(limit):
        writer.write(chunk())
        told.clear()
        writer.wait_for_room(told.append)
        if not told:
            break
    return writer, told


@pytest.mark.parametrize(("size", "writes"), [(64 * KIB, 4), (100_000, 3), (256 * KIB, 1)])
def test_a_writer_waits_when_the_window_is_full(size: int, writes: int) -> None:
    """FLOW-02, STR-04"""
    stream = Stream(size)
    _, told = writes_until_full(stream)
    assert (stream.calls, told) == (["write"] * writes, [])
    stream.answer()
    assert told == [None]


def test_a_local_stream_takes_one_write_at_a_time() -> None:
    """FLOW-08: it tells no size."""
    stream = Stream(None)
    writer, told = writes_until_full(stream)
    assert (stream.calls, told) == (["write"], [])
    stream.answer()
    assert told == [None]
    writer.write(chunk())
    told.clear()
    writer.wait_for_room(told.append)
    assert told == []


def test_a_failed_write_unblocks_with_its_error() -> None:
    """FLOW-06, STR-04: and later writes, and the close, fail with it as well; the first counts."""
    stream = Stream(64 * KIB)
    writer, told = writes_until_full(stream)
    failures: list[int] = []
    writer.failed = lambda: failures.append(1)
    first = RpcError("the first")
    stream.answer(1, first)
    assert (told, failures) == ([first], [])
    stream.answer(0, RpcError("the second"))
    assert failures == [1], "nobody waited"
    with pytest.raises(RpcError, match="the first"):
        writer.write(chunk())
    closed: list[Any] = []
    writer.close(closed.append)
    assert closed == [first]
    assert (stream.calls, stream.disposals) == (["write"] * 4, 1)


def test_a_close_is_told_of_a_write_that_failed() -> None:
    """STR-04: also if it fails after the close was sent."""
    stream = Stream(1)
    writer = StreamWriter(stream, Clock())
    writer.write(chunk())
    closed: list[Any] = []
    writer.close(closed.append)
    error = RpcError("the write")
    stream.answer(0, error)
    assert closed == []
    stream.answer(1)
    assert closed == [error]
    assert (stream.calls, stream.disposals) == (["write", "close"], 1)
