"""What users hold and write, joined to the engine by asyncio.

From the bottom up:

* `referable`, `records`: what goes by reference, what goes by value.
* `disposal`, `calls`, `functions`: running the application's code.
* `refs`, `promises`, `streams`: what users hold, and how values become payloads.
* `interfaces`, `...shapes`: what generated code says of interfaces and types.
* `targets`: local objects by reference.
* `options`, `session`, `local`, `timeouts`, `idle`: sessions, and what they are told.
* `opening`, `connect`, `backoff`, `reconnect`: those that this side opens.
* `processes`, `stdio`: those with programs that it starts, and the other end of them.
* `accept`, `hosting`, `serve`, `asgi`: those that peers open.
* `batch`, `batch_server`, `batch_http`: those of one HTTP request.
"""
