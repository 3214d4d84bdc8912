"""Whether a drawn period is fair: neither noise nor a giveaway."""
