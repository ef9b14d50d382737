"""Which test covers which behaviour of the reference: `python -m tests.conformance` writes it."""
