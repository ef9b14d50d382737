"""The protocol engine: one end of a session as a synchronous state machine.

No event loop, socket, clock or randomness is known here, so two ends can be joined by hand in a
test. From the bottom up:

* `hook`: what one reference to a capability or promise can do, and `Reference`, a hook in a value.
* `payload`: a value on its way, with the hooks it owns.
* `paths`: property paths through plain values.
* `hooks`: the hooks of what is here: an error, a value, a target of the application.
  `pending`: those of promises of this side, and what waits for them.
* `flow`, `streams`: how much of a stream may be on its way; its two ends, and blobs.
* `exports`, `imports`: the two tables, and the hook of an import.
* `evaluate`: expressions with numbers in them -> hooks, whatever the numbers mean.
  `mapping`: in the function of a map, where it is applied; `recording`: how one is written down.
  `references`: in a session, where they are entries of the tables; and back.
* `deadlines`: which calls must have been answered when.
* `host`: what an end needs of its shell. `sending`: the messages that it sends.
* `endpoint`: those that arrive, and what they do to the tables. `batch`: those of an HTTP batch.
* `repeating`, `standing`: references that outlive a session, and are asked again in the next one.
"""
