"""Whom an office inspects, what it finds, and what the police hear."""
