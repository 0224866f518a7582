"""The portal's settings with a time of its own: TESTS_PACE is the factor."""

import os

from lumiq_portal.settings import *  # noqa: F403
from lumiq_portal.settings import LUMIQ_PACE as _REAL_PACE

LUMIQ_PACE = _REAL_PACE.scaled(float(os.environ["TESTS_PACE"]))
