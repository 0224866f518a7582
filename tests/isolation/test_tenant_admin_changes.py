"""Staff of one portal change nothing of another: by forms, actions, inlines or deletion."""

import pytest
from django.contrib.admin.models import LogEntry

from accounts import ledger
from accounts.models import ApiKey, Tenant, User
from generations.models import Delivery, Generation, WebhookEndpoint
from tests.isolation.tenant_admin import list_address
from tests.isolation.two_sides import OURS, THEIRS, act, body_of, everything, no_inlines, rows_of

pytestmark = pytest.mark.django_db


def test_no_action_reaches_a_row_of_another_portal(site, ours, theirs, staff):
    before = everything()
    request = staff.get("/admin/").wsgi_request
    for model, admin in site._registry.items():
        for name in admin.get_actions(request):
            answer = staff.post(list_address(model), act(name, theirs.rows[model]), follow=True)
            assert THEIRS not in body_of(answer), (model, name)
            assert everything() == before, (model, name)


def test_an_action_upon_all_stays_within_the_portal(site, ours, theirs, staff):
    before = rows_of(theirs)
    request = staff.get("/admin/").wsgi_request
    for model, admin in site._registry.items():
        for name in admin.get_actions(request):
            chosen = act(name, ours.rows[model], theirs.rows[model]) | {"select_across": "1"}
            staff.post(list_address(model), chosen)
    assert rows_of(theirs) == before


def test_what_is_sent_besides_the_form_changes_nothing(ours, theirs, staff):
    fan, tenant = ours.rows[User], ours.tenant
    hostile = {
        "tenant": theirs.tenant.pk, "is_staff": "on", "is_superuser": "on", "groups": "1",
        "is_tenant_staff": "on", "user_permissions": "1", "password": "x", "email": "x@example.org",
        "username": "x", "id": theirs.rows[User].pk, "pk": theirs.rows[User].pk,
    }  # fmt: skip
    sent = {"display_name": "New", "is_active": "on", "allowance_period": "month"}
    address = list_address(User, f"{fan.pk}/change/")
    assert staff.post(address, {**hostile, **sent}).status_code == 302
    before = dict(User.objects.filter(pk=fan.pk).values().get())
    assert before["display_name"] == "New"
    assert (before["tenant_id"], before["email"]) == (tenant.pk, f"{OURS}-fan@example.org")
    assert not any(before[name] for name in ("is_staff", "is_superuser", "is_tenant_staff"))
    assert not fan.groups.exists()
    assert not fan.user_permissions.exists()
    brand = {"name": "Kestrel", "style": "knit", "mode": "dark", "welcome_credits": "5"}
    brand |= {"credit_mode": "strict", "allowance_period": "month", "embedding": "all"}
    hostile = {
        "slug": "x",
        "is_active": "",
        "hostnames": "1",
        "pool": "999999",
        "id": theirs.tenant.pk,
    }
    pool = ledger.pool_of(tenant)
    assert (
        staff.post(list_address(Tenant, f"{tenant.pk}/change/"), {**brand, **hostile}).status_code
        == 302
    )
    tenant.refresh_from_db()
    assert (tenant.name, tenant.style, tenant.welcome_credits) == ("Kestrel", "knit", 5)
    assert (tenant.slug, tenant.is_active) == ("aurora", True)
    assert ledger.pool_of(tenant) == pool
    theirs.tenant.refresh_from_db()
    assert theirs.tenant.name == f"{THEIRS} portal"


def test_a_new_row_is_the_hosts_whatever_was_sent(settings, ours, theirs, staff):
    settings.PORTAL_URLCONF = "tests.isolation.probe_urls"
    fields = {"email": "new@example.org", "display_name": "New", "tenant": theirs.tenant.pk}
    assert staff.post(list_address(User, "add/"), fields).status_code == 302
    assert User.objects.get(email="new@example.org").tenant == ours.tenant
    endpoint = {"url": "https://new.example.com/", "tenant": theirs.tenant.pk, **no_inlines()}
    address = list_address(WebhookEndpoint, "add/")
    assert staff.post(address, {**endpoint, "user": ours.rows[User].pk}).status_code == 302
    assert WebhookEndpoint.objects.get(url=endpoint["url"]).tenant == ours.tenant
    again = staff.post(address, {**endpoint, "user": ours.rows[User].pk})
    assert again.status_code == 200, "one an address is checked in the form"


def test_a_form_takes_no_row_of_another_portal(settings, ours, theirs, staff):
    settings.PORTAL_URLCONF = "tests.isolation.probe_urls"
    ours_key, their_key = ours.rows[ApiKey], theirs.rows[ApiKey]
    before = everything()
    for address, fields in {
        list_address(ApiKey, "add/"): {"user": theirs.rows[User].pk, "name": "x", "prefix": "x"},
        list_address(ApiKey, f"{ours_key.pk}/change/"): {
            "user": ours.rows[User].pk, "name": "x", "prefix": "x", "origin": their_key.pk,
        },
        list_address(WebhookEndpoint, "add/"): {
            "user": theirs.rows[User].pk, "url": "https://x.example.com/", **no_inlines(),
        },
        list_address(Generation, f"{ours.rows[Generation].pk}/change/"): {
            "user": ours.rows[User].pk, "api_key": their_key.pk, "caption": "x",
        },
    }.items():  # fmt: skip
        answer = staff.post(address, fields)
        assert answer.status_code == 200, address
        assert "Select a valid choice" in body_of(answer), address
        assert THEIRS not in body_of(answer), address
        assert everything() == before, address


def test_a_list_that_is_edited_in_place_takes_no_row_of_another_portal(
    settings, ours, theirs, staff
):
    settings.PORTAL_URLCONF = "tests.isolation.probe_urls"
    own = ours.rows[ApiKey]
    before = everything()
    for pk, user in [(theirs.rows[ApiKey].pk, ours.rows[User].pk), (own.pk, theirs.rows[User].pk)]:
        fields = {
            "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": pk,
            "form-0-name": "x", "form-0-user": user, "_save": "Save",
        }  # fmt: skip
        answer = staff.post(list_address(ApiKey), fields)
        assert THEIRS not in body_of(answer)
        assert everything() == before
    fields |= {"form-0-id": own.pk, "form-0-user": ours.rows[User].pk}
    assert staff.post(list_address(ApiKey), fields).status_code == 302
    own.refresh_from_db()
    assert own.name == "x"


def test_an_inline_shows_and_takes_no_row_of_another_portal(settings, ours, theirs, staff):
    settings.PORTAL_URLCONF = "tests.isolation.probe_urls"
    endpoint = ours.rows[WebhookEndpoint]
    # As no code of ours writes it: a delivery of another portal's event to this endpoint.
    Delivery.objects.filter(pk=theirs.rows[Delivery].pk).update(endpoint=endpoint)
    address = list_address(WebhookEndpoint, f"{endpoint.pk}/change/")
    assert THEIRS not in body_of(staff.get(address))
    before = everything()
    fields = {
        "user": ours.rows[User].pk, "url": endpoint.url, "deliveries-TOTAL_FORMS": "1",
        "deliveries-INITIAL_FORMS": "1", "deliveries-0-id": theirs.rows[Delivery].pk,
        "deliveries-0-endpoint": endpoint.pk, "deliveries-0-url": "https://x.example.com/",
        "deliveries-0-DELETE": "on",
    }  # fmt: skip
    assert THEIRS not in body_of(staff.post(address, fields))
    assert everything() | {LogEntry: None} == before | {LogEntry: None}  # it was saved, unchanged


def test_deletion_takes_nothing_along_that_is_not_the_portals(settings, ours, theirs, staff):
    settings.PORTAL_URLCONF = "tests.isolation.probe_urls"
    endpoint, fan = ours.rows[WebhookEndpoint], ours.rows[User]
    Delivery.objects.filter(pk=theirs.rows[Delivery].pk).update(endpoint=endpoint)
    before = everything()
    for row in (endpoint, fan):
        address = list_address(type(row), f"{row.pk}/delete/")
        for answer in (staff.get(address), staff.post(address, {"post": "yes"})):
            assert answer.status_code == 200
            assert "it can only be switched off" in body_of(answer)
            assert THEIRS not in body_of(answer)
    assert everything() == before
    key = ours.rows[ApiKey]
    assert staff.post(list_address(ApiKey, f"{key.pk}/delete/"), {"post": "yes"}).status_code == 302
    assert not ApiKey.objects.filter(pk=key.pk).exists()


def test_credits_of_one_portal_go_to_no_other(ours, theirs, staff):
    form = {"credits": "5", "nonce": "8d8ac610-566d-4ef0-9c22-186b2a5ed793"}
    before = everything()
    answer = staff.post(list_address(User, f"{theirs.rows[User].pk}/allocation/"), form)
    assert answer.status_code == 302
    assert everything() == before
