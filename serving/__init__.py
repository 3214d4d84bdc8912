"""The scoring service."""

import features  # noqa: F401 - holds arithmetic to what every processor does alike
