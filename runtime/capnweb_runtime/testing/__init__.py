"""Helpers for the tests of applications and of the runtime itself.

`virtual_time` runs a program in an event loop whose clock jumps.
"""
