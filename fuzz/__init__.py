"""Fuzzing of what a peer can send: `make fuzz`, for `FUZZ_SECONDS` seconds.

An input is a text: the messages that arrive one after the other, one a line, so that a corpus of
vectors can be read and written. What it must do stands in `checking`, how it is changed in
`mutating`; `target` runs both under atheris, and `__main__` tells what was found as vectors.
"""
