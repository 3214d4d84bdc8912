"""What a trained model is: score, explain, save, load, refuse."""

import features  # noqa: F401 - holds arithmetic to what every processor does alike
