# Generated, long ago.
