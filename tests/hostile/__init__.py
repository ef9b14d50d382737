"""Tests of what a peer can do that means no good, over real sockets."""
