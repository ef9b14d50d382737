"""Tests of the protocol engine, driven by hand: no event loop."""
