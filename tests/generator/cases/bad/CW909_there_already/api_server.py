"""Work of somebody's."""
