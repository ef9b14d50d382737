"""The corpus that fuzzing begins with: what tests/vectors say."""

import json
from collections.abc import Iterator
from typing import Any

from tests.notation import FOLDER, text

__all__ = ["seeds"]

#: What is long is long for the sake of a limit, and teaches nothing else.
_LONGEST = 3_000


def seeds() -> Iterator[str]:
    """All vectors as inputs: their messages, or their values as arguments and results."""
    for path in sorted(FOLDER.rglob("*.json")):
        for row in json.loads(path.read_text("ascii")):
            made = "\n".join(_messages(row))
            if len(made) <= _LONGEST:
                yield made


def _messages(row: Any) -> list[str]:
    if "steps" in row:
        return [json.dumps(message) for way, message in row["steps"] if way == "in"]
    if "texts" in row:
        return [text(each) for each in row["texts"]]
    if "message" in row:
        return [json.dumps(row["message"])]
    if "text" in row:
        return [text(row["text"])]
    wire = text(row["wire"])
    return [f'["push",["pipeline",0,["echo"],[{wire}]]]', '["pull",1]', wire]
