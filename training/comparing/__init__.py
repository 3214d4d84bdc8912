"""A head beside all that could stand in its place, as a page a person reads."""
