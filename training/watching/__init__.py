"""What happens to a model once it serves: drift, calibration, delays, and whether finds fall away."""
