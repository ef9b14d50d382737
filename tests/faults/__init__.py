"""Sessions on bad networks: cut, closed, half-closed, stalled; peers that are slow, or killed."""
