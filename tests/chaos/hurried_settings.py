"""The portal's settings for processes that are in a hurry: `CHAOS_HURRY` says how many times."""

import os

from lumiq_portal.settings import *  # noqa: F403
from tests.chaos.hurry import hurried_pace

LUMIQ_PACE = hurried_pace(float(os.environ["CHAOS_HURRY"]))
