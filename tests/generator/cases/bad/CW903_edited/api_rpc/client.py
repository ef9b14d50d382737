# Generated, long ago.
# And edited.
