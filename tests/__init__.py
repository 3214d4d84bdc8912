"""Tests, by kind: CONTRIBUTING says which test for which change."""
