"""Everything offline, one module a stage."""
