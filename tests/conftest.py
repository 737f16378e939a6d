"""Owns what every test shares: no display is needed, and properties are tried without a deadline."""

import os

from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Deadlines are timed assertions, which a loaded machine fails for no fault of the code.
settings.register_profile("lorewright", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lorewright")
