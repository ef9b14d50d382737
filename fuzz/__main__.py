"""Fuzzes for some time, then tells what was found as vectors: `python -m fuzz [seconds]`."""

import hashlib
import json
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from fuzz.checking import check
from fuzz.mutating import as_text
from fuzz.seeds import seeds

#: Seconds that one input may take before it counts as found.
SLOW = 10

#: Bytes of an input.
LONGEST = 8_000

#: Megabytes that the process may use.
MEMORY = 2_000


def main(arguments: list[str]) -> int:
    """Gives the exit code: 0 if nothing was found."""
    seconds = int(arguments[0]) if arguments else 60
    with tempfile.TemporaryDirectory() as folder:
        corpus, found = Path(folder, "corpus"), Path(folder, "found")
        corpus.mkdir()
        found.mkdir()
        for seed in seeds():
            data = seed.encode("utf-8", "surrogatepass")
            (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
        command = [
            *(sys.executable, "-m", "fuzz.target", str(corpus), f"-artifact_prefix={found}/"),
            *(f"-max_total_time={seconds}", f"-timeout={SLOW}", f"-max_len={LONGEST}"),
            *(f"-rss_limit_mb={MEMORY}", "-print_final_stats=1", "-verbosity=1"),
        ]
        print(f"Fuzzing for {seconds} s, {len(list(corpus.iterdir()))} inputs to begin with ...")
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        report(result.stderr)
        artifacts = sorted(found.iterdir())
        for artifact in artifacts:
            tell(artifact.name, as_text(artifact.read_bytes()))
    if result.returncode != 0 and not artifacts:
        print(result.stdout + result.stderr)
    return 1 if artifacts or result.returncode != 0 else 0


def report(said: str) -> None:
    """What libFuzzer says in the end, in one line."""
    numbers = dict(line[6:].split(": ", 1) for line in said.splitlines() if line[:6] == "stat::")
    runs = numbers.get("number_of_executed_units", "?").strip()
    new = numbers.get("new_units_added", "?").strip()
    print(f"{runs} inputs, {new} of them did something new.")


def tell(name: str, text: str) -> None:
    """Print an input as a row of tests/vectors/found_by_fuzzing.json, as short as it gets."""
    messages = text.split("\n")
    if name.startswith("crash"):
        messages = _shortened(messages)
        try:
            check("\n".join(messages))
        except Exception:  # noqa: BLE001 (whatever it is: that is what was found)
            traceback.print_exc()
    row = {"shows": ["BAD-01"], "what": name.partition("-")[0], "texts": messages, "end": "aborted"}
    print("found, to be added to tests/vectors/found_by_fuzzing.json:")
    print(json.dumps(row))


def _shortened(messages: list[str]) -> list[str]:
    """As few of the messages as still fail."""
    at = 0
    while at < len(messages):
        fewer = messages[:at] + messages[at + 1 :]
        if _fails(fewer):
            messages = fewer
        else:
            at += 1
    return messages


def _fails(messages: list[str]) -> bool:
    try:
        check("\n".join(messages))
    except Exception:  # noqa: BLE001 (see above)
        return True
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
