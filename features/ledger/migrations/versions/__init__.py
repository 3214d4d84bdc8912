"""The steps that bring a store to today's tables."""
