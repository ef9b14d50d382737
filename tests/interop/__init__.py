"""Tests against the reference implementation: npm `capnweb` on Node, over real sockets."""
