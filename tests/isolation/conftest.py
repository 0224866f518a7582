"""Browsers of strangers, and the staff of two portals."""

from functools import cache

import pytest

from tests.cast import AURORA_HOST, BOREALIS_HOST
from tests.isolation.probe_urls import probe_site
from tests.isolation.strangers import build_platform_staff
from tests.isolation.tenant_admin import build_side
from tests.isolation.two_sides import OURS, SITES, THEIRS


@pytest.fixture
def come_as(cast, visit):
    staff = cache(build_platform_staff)

    def build(stranger):
        visitors = {
            "anonymous": (None, AURORA_HOST),
            "another fan of the portal": (cast.bob, AURORA_HOST),
            "staff of the portal": (cast.olga, AURORA_HOST),
            "anonymous of another portal": (None, BOREALIS_HOST),
            "a fan of another portal": (cast.mallory, BOREALIS_HOST),
            "a fan of another portal with the cookie replayed here": (cast.mallory, AURORA_HOST),
        }
        if stranger in visitors:
            return visit(*visitors[stranger])
        return visit(staff(), AURORA_HOST)

    return build


@pytest.fixture(params=SITES)
def site(request, settings):
    if SITES[request.param] is probe_site:
        settings.PORTAL_URLCONF = "tests.isolation.probe_urls"
    return SITES[request.param]


@pytest.fixture
def ours(cast):
    return build_side(cast.aurora, AURORA_HOST, OURS)


@pytest.fixture
def theirs(cast):
    return build_side(cast.borealis, BOREALIS_HOST, THEIRS)


@pytest.fixture
def staff(ours, theirs, visit):
    return visit(ours.staff)
