"""The generator: what it writes, what it refuses, and how it behaves as a command."""
