"""Transports move messages; they know nothing of what is in them.

* `base`: what a transport is.
* `memory`: two joined ends in one process.
* `lines`: newline-framed, over asyncio's streams: pipes, child processes, sockets.
* `websocket`: over a connection of the `websockets` library.
"""
