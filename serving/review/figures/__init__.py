"""Figures for those who answer for the whole: what controls came to, and how groups fare."""
