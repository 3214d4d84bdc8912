"""Everything offline, one module a stage."""

import features  # noqa: F401 - holds arithmetic to what every processor does alike
