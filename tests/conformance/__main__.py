"""Writes docs/conformance.md, and the summary in README.md."""

from tests.conformance.table import MATRIX, README, State, matrix, read, readme

sections = read()
MATRIX.write_text(matrix(sections), "utf-8")
for section in sections:
    for each in section.behaviours:
        if each.state is State.MISSING:
            print(f"neither a test nor a difference: {each.id} {each.title}")
README.write_text(readme(README.read_text("utf-8"), sections), "utf-8")
