"""Interface modules made by hypothesis: their source, values of their types, and what to expect."""
