"""The protocol engine: one end of a session as a synchronous state machine.

No event loop, socket, clock or randomness is known here, so two ends can be joined by hand in a
test. From the bottom up:

* `hook`: what one reference to a capability or promise can do, and `Reference`, a hook in a value.
* `payload`: a value on its way, with the hooks it owns.
* `paths`: property paths through plain values.
* `hooks`: the local kinds of hook: error, value, pending promise, target of the application.
* `exports`, `imports`: the two tables, and the hook of an import.
* `references`: expressions that refer to the tables -> hooks, and back.
* `endpoint`: the messages, and what they do to the tables.
"""
