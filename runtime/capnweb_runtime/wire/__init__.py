"""Text <-> values. Pure functions of their arguments: nothing here knows of a session.

* `json_text`: JSON text <-> trees of JSON.
* `structured`: messages of transports that take structured values <-> the same trees.
* `expressions`: the types of those trees, and what may stand in them before they are text.
* `encode`, `decode`: Python values <-> expressions (protocol: Expressions).
* `numbers`, `dates`, `binary`, `typed_arrays`, `errors`: the values that JSON does not have.
* `fetch`, `fetch_rules`, `fetch_codec`: URLs, headers, requests and responses.
"""
