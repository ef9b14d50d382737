"""Transports move messages; they know nothing of what is in them.

* `base`: what a transport is.
* `memory`: two joined ends in one process.
* `websocket`: over a connection of the `websockets` library.
"""
