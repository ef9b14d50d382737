"""Maps, message by message (MAP-*): one end, fed raw frames; and what it sends for its own.

What is malformed in a `remap` ends the session; what is wrong with the instructions of one fails
that map alone.
"""

from typing import Any

import pytest

from capnweb_runtime.core.hook import Hook
from capnweb_runtime.core.hooks import ValueHook
from capnweb_runtime.core.payload import EncodedPayload
from capnweb_runtime.core.recording import PlaceholderHook, Recorder
from capnweb_runtime.errors import CallError
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from tests.core.streaming import StreamEnd


def remap(*instructions: Any, captures: Any = (), path: Any = ("list",), of: int = 0) -> list[Any]:
    """The push of a map over the list [1, 2, 3]."""
    return ["push", ["remap", of, list(path), list(captures), list(instructions)]]


MAIN = ["import", 0]
NO_LISTS: list[Any] = [None, "x", {}, 0]
SQUARE = ["pipeline", -1, ["square"], [["pipeline", 0]]]


# --- what they give


@pytest.mark.parametrize(
    ("instructions", "captures", "result"),
    [
        # MAP-02, MAP-03: any expression is a result; 0 is the input, n a result, -n a capture.
        (["x"], [], ["x", "x", "x"]),
        ([["pipeline", 0]], [], [1, 2, 3]),
        ([["pipeline", 0, []]], [], [1, 2, 3]),
        ([SQUARE], [MAIN], [1, 4, 9]),
        ([SQUARE, ["pipeline", 1]], [MAIN], [1, 4, 9]),
        ([SQUARE, SQUARE, {"a": ["pipeline", 1], "b": ["pipeline", 0]}], [MAIN], None),
        ([SQUARE, ["pipeline", -1, ["square"], [["pipeline", 1]]]], [MAIN], [1, 16, 81]),
        ([[[["pipeline", 0], "and"]]], [], [[[n, "and"]] for n in (1, 2, 3)]),
        ([["pipeline", 0, ["x"]]], [], [["undefined"]] * 3),
        # MAP-05: a capture that is there twice.
        ([["pipeline", -2, ["square"], [["pipeline", 0]]]], [MAIN, MAIN], [1, 4, 9]),
        # MAP-06: a map inside; its captures are numbers of the outer one.
        (
            [["remap", -1, ["list"], [["import", 0]], [[[["pipeline", 0], ["pipeline", -1]]]]]],
            [MAIN],
            [[[[[a, b]] for a in (1, 2, 3)]] for b in (1, 2, 3)],
        ),
        ([["remap", 0, [], [["import", -1]], [SQUARE]]], [MAIN], [1, 4, 9]),
    ],
)
def test_maps(instructions: list[Any], captures: list[Any], result: Any) -> None:
    """MAP-01 to MAP-06, MAP-08: elements in order, each the result of the last instruction."""
    if result is None:
        result = [{"a": n * n, "b": n} for n in (1, 2, 3)]
    with StreamEnd.open() as end:
        assert end.feed(remap(*instructions, captures=captures)) == []
        answers = end.feed(["pull", 1])
        [[kind, number, value], *promised] = answers
        assert (kind, number) == ("resolve", 1)
        values = {message[1]: message[2] for message in promised}
        assert with_promises(value, values) == [result]


def with_promises(value: Any, values: dict[int, Any]) -> Any:
    """A value in which promises are replaced by what they were resolved with (MAP-08)."""
    if isinstance(value, list):
        if value[:1] == ["promise"]:
            return with_promises(values[value[1]], values)
        return [with_promises(item, values) for item in value]
    if isinstance(value, dict):
        return {key: with_promises(item, values) for key, item in value.items()}
    return value


@pytest.mark.parametrize("path", [["none"], ["nothing"]])
def test_null_and_undefined(path: list[str]) -> None:
    """MAP-07: are returned as they are; nothing runs, and captures are released."""
    with StreamEnd.open() as end:
        call = ["pipeline", -1, ["use"], [1]]
        message = remap(call, captures=[MAIN, ["export", -5]], path=path)
        assert end.feed(message) == [["release", -5, 1]]
        result = None if path == ["none"] else ["undefined"]
        assert end.feed(["pull", 1]) == [["resolve", 1, result]]
        assert end.main.got == []


def test_a_single_value_is_mapped_by_itself() -> None:
    """MAP-07, MAP-09"""
    with StreamEnd.open() as end:
        end.feed(["push", 7], remap(SQUARE, captures=[MAIN], path=[], of=1))
        assert end.feed(["pull", 2]) == [["resolve", 2, 49]]


def test_a_result_that_is_still_to_come() -> None:
    """MAP-09, MAP-12: the map waits for it, with its captures; and a map of that one as well."""
    with StreamEnd.open() as end:
        end.feed(["push", ["pipeline", 0, ["later"], []]])
        double = ["pipeline", -1, [], [["pipeline", 0]]]
        call = ["pipeline", -2, ["call"], [["pipeline", -1], ["pipeline", 0]]]
        assert end.feed(remap(call, captures=[["export", -5], MAIN], path=[], of=1)) == []
        assert end.feed(remap(double, captures=[["export", -6]], path=[], of=2)) == []
        end.main.laters[0].settle(ValueHook(EncodedPayload([[1, 2]])))
        sent = end.sent()
        assert sent[:2] == [["push", ["pipeline", -5, [], [n]]] for n in (1, 2)]
        assert ["release", -5, 1] in sent or end.stats.imports > 1
        for number in (1, 2, 3):
            end.feed(["release", number, 1])
        end.main.let_go()


def test_callbacks_are_called_for_each_element() -> None:
    """MAP-04, MAP-11, MAP-12: a capture of the caller's; it is released when the map has run."""
    with StreamEnd.open() as end:
        call = ["pipeline", -1, [], [["pipeline", 0], "x"]]
        sent = end.feed(remap(call, captures=[["export", -5]]))
        calls = [["push", ["pipeline", -5, [], [n, "x"]]] for n in (1, 2, 3)]
        assert sent == [*calls, ["release", -5, 1]]
        assert end.stats.imports == 4


# --- what is malformed


@pytest.mark.parametrize(
    "expression",
    [
        ["remap"],
        ["remap", 0],
        ["remap", 0, []],
        ["remap", 0, [], []],
        ["remap", 0, [], [], [1], 5],
        ["remap", "0", [], [], [1]],
        ["remap", None, [], [], [1]],
        ["remap", 77, [], [], [1]],
        ["remap", -1, [], [], [1]],
        ["remap", 0.5, [], [], [1]],
        *(["remap", 0, path, [], [1]] for path in [*NO_LISTS, [None], [[]], [{}]]),
        *(["remap", 0, [], captures, [1]] for captures in NO_LISTS),
        *(["remap", 0, [], [], instructions] for instructions in NO_LISTS),
    ],
)
def test_malformed_maps(expression: list[Any]) -> None:
    """MAP-15"""
    with StreamEnd.open() as end:
        end.aborts(["push", expression])


@pytest.mark.parametrize(
    "capture",
    [
        *(None, 0, "x", {}, [], ["import"], ["export"], [0, "import"], ["import", "0"]),
        *(["import", 0, []], ["export", -1, 1], ["export", "x"], ["import", None], ["import", 1.5]),
        *(["promise", -1], ["pipeline", 0], ["readable", 1], ["writable", -1], ["stub", 0]),
        *(["import", 77], ["import", -1], [["import", 0]]),
    ],
)
def test_malformed_captures(capture: Any) -> None:
    """MAP-15: also after good ones, which are released."""
    with StreamEnd.open() as end:
        end.aborts(remap(1, captures=[["export", -5], MAIN, capture]))


# --- what fails a map alone


@pytest.mark.parametrize(
    "instruction",
    [
        *(["import", 1], ["pipeline", 1], ["pipeline", 5, []], ["pipeline", -2], ["import", -9]),
        *(["export", -1], ["promise", -1], ["export", 1]),
        *(["readable", 1], ["writable", -1], ["blob", "t", ["readable", 1]]),
        *(
            ["nope", 1],
            ["pipeline"],
            ["pipeline", "0"],
            ["pipeline", 0, "x"],
            ["pipeline", 0, [], 5],
        ),
        *(["pipeline", 0, [None]], ["pipeline", 0, [], [], 5], ["pipeline", 0.5], [1], []),
        *(["remap", 0, [], [["export", -1]], [1]], ["remap", 0, []]),
        *(["remap", 9, [], [], [1]], ["remap", 0, [], [["import", 9]], [1]]),
        *(["date", "x"], ["bigint", "x"], ["bytes", 5], {"deep": [[["import", 1]]]}),
    ],
)
@pytest.mark.parametrize("last", [True, False])
def test_what_is_wrong_inside(instruction: Any, *, last: bool) -> None:
    """MAP-16, MAP-17: the map is rejected, its captures are released, and the session lives.

    There is an export 1 and there are pipes: numbers inside a map do not lead to them.
    """
    with StreamEnd.open() as end:
        end.feed(["pipe"], ["push", 5])
        instructions = [instruction] if last else [instruction, "x"]
        message = remap(*instructions, captures=[["export", -5]])
        assert end.feed(message) == [["release", -5, 1]]
        assert end.rejects(["pull", 3])
        assert end.feed(["push", ["pipeline", 0, ["square"], [2]]], ["pull", 4])[-1][2] == 4


def test_a_map_without_instructions() -> None:
    """MAP-16: is rejected; over nothing it is not even looked at (MAP-07)."""
    with StreamEnd.open() as end:
        assert "without instructions" in end.rejects(remap(), ["pull", 1])
        assert end.feed(remap(path=["none"]), ["pull", 2]) == [["resolve", 2, None]]


def test_numbers_inside_never_reach_the_tables() -> None:
    """MAP-17: 0 is the input, not the main object; 1 no result of the session."""
    with StreamEnd.open() as end:
        end.feed(["push", ["pipeline", 0, ["keep"], ["secret"]]])
        call = ["pipeline", 0, ["keep"], ["got in"]]
        end.feed(remap(call))
        assert elements_fail(end.feed(["pull", 2])) == ["'keep' is not a function."] * 3
        assert end.main.got == [["secret"]]


def test_an_error_of_one_element() -> None:
    """MAP-18: is that element's, and so the whole's."""
    with StreamEnd.open() as end:
        end.feed(remap(["pipeline", -1, ["fail"], [["pipeline", 0]]], captures=[MAIN]))
        errors = elements_fail(end.feed(["pull", 1]))
        assert errors == ["failed: 1", "failed: 2", "failed: 3"]
        end.feed(remap(["remap", 0, [], [], []]))
        assert "without instructions" in elements_fail(end.feed(["pull", 2]))[0]


def elements_fail(answers: list[Any]) -> list[str]:
    """The array is resolved, and each of its elements is a promise that is rejected; gives why."""
    [[kind, _, [items]], *rejects] = answers
    assert kind == "resolve"
    assert items == [["promise", message[1]] for message in rejects]
    assert all(message[0] == "reject" for message in rejects)
    return [message[2][2] for message in rejects]


def test_an_error_of_the_input() -> None:
    """MAP-19: is that of the map; captures are released, at once if it is known already."""
    with StreamEnd.open() as end:
        end.feed(["push", ["pipeline", 0, ["fail"], ["no"]]])
        assert end.feed(remap(1, captures=[["export", -5]], path=[], of=1)) == [["release", -5, 1]]
        assert end.rejects(["pull", 2]) == "failed: no"


@pytest.mark.parametrize("ending", ["release", "abort"])
def test_a_map_that_is_given_up_before_it_runs(ending: str) -> None:
    """MAP-12, DISP-20: a release lets it run all the same; the end of the session does not."""
    with StreamEnd.open() as end:
        end.feed(["push", ["pipeline", 0, ["later"], []]])
        call = ["pipeline", -1, ["use"], [["pipeline", 0]]]
        end.feed(remap(call, captures=[MAIN, ["export", -5]], path=[], of=1))
        end.feed(["release", 2, 1] if ending == "release" else ["abort", "x"])
        end.main.laters[0].settle(ValueHook(EncodedPayload([[1, 2]])))
        assert end.sent() == ([["release", -5, 1]] if ending == "release" else [])


def test_limits_inside_are_the_default_ones() -> None:
    """MAP-20: or, here, the session's own, where those are stricter than what was let in."""
    deep: Any = "x"
    for _ in range(DEFAULT_LIMITS.depth - 10):
        deep = [[deep]]
    with StreamEnd.open() as end:
        end.feed(remap(deep))
        assert end.feed(["pull", 1])[0][0] == "resolve"
        for _ in range(20):
            deep = [[deep]]
        assert "deep" in end.rejects(remap(deep), ["pull", 2])


def test_operations_are_bounded() -> None:
    """Limits.map_operations: elements times instructions, nested ones included."""
    with StreamEnd.open(Limits(map_operations=9)) as end:
        end.feed(remap(SQUARE, SQUARE, 1, captures=[MAIN]), ["pull", 1])
        assert end.feed(remap(1, 1, 1, 1), ["pull", 2])[0][0] == "reject"
        inner = ["remap", -1, ["list"], [], [1, 1]]
        assert (
            "more than 9 operations"
            in end.feed(remap(inner, captures=[MAIN]), ["pull", 3])[0][2][2]
        )


# --- a map of this side's


def recorded(end: StreamEnd, build: Any) -> tuple[Hook, list[Any]]:
    """Record a map over `list` of the peer's main object; gives its promise, and what is sent."""
    recorder = Recorder(end.endpoint.main, ("list",), None)
    result = recorder.finish(build(recorder, recorder.input()))
    return result, end.sent()


def test_a_map_is_sent_at_once() -> None:
    """MAP-01, MAP-04, MAP-05: a stub of the peer is an import, anything else an export."""

    def build(recorder: Recorder, element: PlaceholderHook) -> EncodedPayload:
        main = end.endpoint.main
        for _ in range(2):
            recorder.call(main, ("f",), EncodedPayload([[1]]))
        assert recorder.get(element, ("x",)).number == 3
        return EncodedPayload(["undefined"])

    with StreamEnd.open() as end:
        promise, sent = recorded(end, build)
        calls = [["pipeline", number, ["f"], [1]] for number in (-1, -2)]
        instructions = [*calls, ["pipeline", 0, ["x"]], ["undefined"]]
        assert sent == [["push", ["remap", 0, ["list"], [MAIN, MAIN], instructions]]]
        promise.dispose()
        assert end.sent() == [["release", 1, 1]]


def test_a_function_that_fails_leaves_nothing() -> None:
    """MAP-13, MAP-14: captures are given back, nothing is sent."""
    with StreamEnd.open() as end:
        recorder = Recorder(end.endpoint.main, ("list",), None)
        recorder.call(end.endpoint.main, ("f",), EncodedPayload([[1]]))
        element = recorder.input()
        recorder.give_up()
        with pytest.raises(CallError, match="placeholder of a map function"):
            element.call((), EncodedPayload([[]]))
        assert end.sent() == []
        assert end.stats == (1, 1)
