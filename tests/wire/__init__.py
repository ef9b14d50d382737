"""Tests of the codec: text and values, no session."""
