"""Transports move messages; they know nothing of what is in them.

* `base`: what a transport is.
* `memory`: two joined ends in one process.
* `queued`: what those have in common that read and write in tasks of their own:
  `websocket` (a connection of the `websockets` library), `asgi` (one of an ASGI server),
  `lines` (newline-framed: pipes, child processes, sockets).
* `dial`: opening WebSocket connections, and the options of those that are opened or listened for.
  `origins`: which web pages may open one.
* `first_bytes`: one port for WebSocket and for other HTTP requests.
* `batch`: all messages of one HTTP request. `http`, `http_server`, `http_client`: requests and
  responses, whoever reads and writes them.
"""
