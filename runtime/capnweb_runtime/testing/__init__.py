"""Helpers for the tests of applications and of the runtime itself."""
