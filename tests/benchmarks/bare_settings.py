"""The portal's settings, with the bare views in place of all others."""

from lumiq_portal.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.bare_site"
PORTAL_URLCONF = ROOT_URLCONF
