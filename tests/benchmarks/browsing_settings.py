"""The portal's settings, with one empty view more."""

from lumiq_portal.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.browsing_site"
PORTAL_URLCONF = ROOT_URLCONF
