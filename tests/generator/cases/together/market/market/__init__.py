"""A market: three modules of interfaces that refer to each other."""
