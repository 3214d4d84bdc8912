"""Settings of all tests."""

import os

from hypothesis import Phase, settings

# Nothing phones home, not even from tests.
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DVC_NO_ANALYTICS", "true")

# The explain phase takes minutes on a failing property and says little.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink)
settings.register_profile("default", phases=_PHASES, deadline=None, print_blob=True, derandomize=True)
settings.register_profile("nightly", phases=_PHASES, deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
