"""Staff of one portal see and change nothing of another, at any address of the tenants' admin."""

import json
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import ForeignKey
from django.forms import ModelChoiceField

from accounts import ledger
from accounts.models import (
    ApiKey,
    CreditTransaction,
    Hostname,
    Purchase,
    Redemption,
    StripeAccount,
    Tenant,
    User,
    Voucher,
    VoucherBatch,
)
from accounts.tenant_admin.site import tenant_site
from generations.models import Delivery, Generation, WebhookEndpoint
from tests.cast import AURORA_HOST, BOREALIS_HOST, PASSWORD, PLATFORM_HOST
from tests.isolation.probe_urls import probe_site
from tests.isolation.tenant_admin import (
    build_side,
    list_address,
    object_addresses,
    plain_addresses,
)

pytestmark = pytest.mark.django_db

OURS, THEIRS = "kestrel", "canary"
SITES = {"the portals' own": tenant_site, "one that may do everything": probe_site}

LOOKUPS = [
    "tenant", "tenant__id__exact", "tenant__slug__startswith", "user__tenant",
    "user__tenant__name", "password__startswith", "user__password__startswith",
    "key_hash__startswith", "account__tenant", "account__balance__gt",
    "api_keys__key_hash__startswith", "generation__tenant", "sealed_secret__startswith",
    "user__is_superuser", "code__startswith", "pk", "id__in", "user__id__exact__gt",
    "hostnames__host",
]  # fmt: skip

NOBODYS_FIELDS = {
    "tenant", "is_staff", "is_superuser", "groups", "user_permissions", "is_tenant_staff",
    "password", "slug",
}  # fmt: skip


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


def test_each_model_of_the_admin_has_a_row_here(site, ours):
    assert set(site._registry) <= set(ours.rows), "add a row to tests/isolation/tenant_admin.py"


def test_staff_see_their_own_and_nothing_else(site, ours, staff):
    for address in [*plain_addresses(site), *object_addresses(site, ours.rows)]:
        answer = staff.get(address)
        expected = {404} if "nowhere" in address else {200, 302, 403, 405}
        assert answer.status_code in expected, address
        assert THEIRS not in body_of(answer), address
    for model in site._registry:
        page = staff.get(list_address(model), follow=True)
        assert page.status_code == 200
        assert OURS in body_of(page), f"the list of {model.__name__} shows nothing"


def test_a_row_of_another_portal_is_as_if_it_were_not_there(site, theirs, staff):
    for address, row in object_addresses(site, theirs.rows).items():
        for call in (staff.get, staff.post):
            before = everything()
            answer = call(address)
            nothing = call(address.replace(str(row.pk), nothing_like(row.pk)))
            assert answer.status_code in {302, 403, 404}, address
            assert THEIRS not in body_of(answer), address
            assert shape_of(answer, row.pk) == shape_of(nothing, nothing_like(row.pk)), address
            pages = [staff.get("/admin/"), staff.get("/admin/")]  # the message
            assert THEIRS not in "".join(map(body_of, pages))
            assert everything() == before, address


@pytest.mark.parametrize("change", [{"_popup": "1"}, {"_to_field": "id"}, {"_facets": "True"}])
def test_parameters_of_a_page_show_nothing_more(site, ours, theirs, staff, change):
    for model, row in ours.rows.items():
        if model not in site._registry:
            continue
        for end in ("", "add/", f"{row.pk}/change/"):
            answer = staff.get(list_address(model, end), change, follow=True)
            assert answer.status_code in {200, 403, 400}, (model, end)
            assert THEIRS not in body_of(answer), (model, end)


def test_only_the_portals_own_staff_get_in(site, cast, ours, theirs, visit):
    platform = User.objects.create_superuser("staff@example.org", PASSWORD)
    strangers = {
        "a visitor": (visit(), 302),
        "a fan": (visit(cast.alice), 404),
        "a fan of another portal": (visit(cast.mallory), 302),
        "another portal's staff": (visit(theirs.staff), 302),
        "the platform's staff": (visit(platform), 302),
    }
    before = everything()
    for who, (client, status) in strangers.items():
        for address in [*plain_addresses(site), *object_addresses(site, ours.rows)]:
            for answer in (client.get(address), client.post(address, {"post": "yes"})):
                assert answer.status_code == status, (who, address)
                if status == 302:
                    assert leads_to_sign_in(answer), (who, address)
                # The page for what is not there has the portal's name.
                text = body_of(answer).replace(ours.tenant.name, "")
                assert OURS not in text, (who, address)
    assert everything() == before


def test_staff_who_are_closed_or_no_longer_staff_are_out_at_once(ours, visit):
    client = visit(ours.staff)
    assert client.get("/admin/").status_code == 200
    User.objects.filter(pk=ours.staff.pk).update(is_tenant_staff=False)
    assert client.get("/admin/").status_code == 404
    User.objects.filter(pk=ours.staff.pk).update(is_tenant_staff=True, is_active=False)
    assert leads_to_sign_in(client.get("/admin/"))


def test_forms_offer_no_row_of_another_portal(site, ours, theirs, staff):
    foreign = {model: row.pk for model, row in theirs.rows.items()}
    for model in site._registry:
        for end in ("add/", f"{ours.rows[model].pk}/change/"):
            given = {
                field.name: foreign.get(field.related_model, 1) for field in model._meta.fields
            }
            page = staff.get(list_address(model, end), given)
            assert THEIRS not in body_of(page), (model, end)
            if page.status_code != 200:
                continue
            form = page.context["adminform"].form
            inlines = [
                inline.formset.empty_form for inline in page.context["inline_admin_formsets"]
            ]
            for field in [field for shown in (form, *inlines) for field in shown.fields.values()]:
                # The key of an inline's row is hidden, and looked up among the rows that it shows.
                if isinstance(field, ModelChoiceField) and not field.widget.is_hidden:
                    # Of what has no list and no inline here, nothing is offered at all.
                    offered, theirs_pk = field.queryset, foreign.get(field.queryset.model)
                    assert not (offered.filter(pk=theirs_pk) if theirs_pk else offered).exists()
            assert not set(form.fields) & NOBODYS_FIELDS


def test_completing_a_name_finds_no_row_of_another_portal(site, staff, ours, theirs):
    found = []
    for model in [*ours.rows, LogEntry, CreditTransaction, Hostname]:
        for field in model._meta.fields:
            if isinstance(field, ForeignKey):
                asked = {
                    "app_label": model._meta.app_label,
                    "model_name": model._meta.model_name,
                    "field_name": field.name,
                }
                for term in ("", THEIRS):
                    answer = staff.get("/admin/autocomplete/", {**asked, "term": term})
                    assert answer.status_code in {200, 403, 404}
                    assert THEIRS not in body_of(answer)
                    if answer.status_code == 200:
                        found += json.loads(answer.content)["results"]
    assert any(OURS in row["text"] for row in found)


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


def test_filters_and_searches_find_no_row_of_another_portal(site, theirs, staff):
    for model, admin in site._registry.items():
        asked = [{"q": THEIRS}, {"q": str(theirs.rows[model].pk)}]
        for item in admin.get_list_filter(staff.get("/admin/").wsgi_request):
            if isinstance(item, tuple):
                related = model._meta.get_field(item[0].split("__")[0]).related_model
                pk = theirs.rows[related].pk if related in theirs.rows else 1
                asked += [{item[0]: pk}, {f"{item[0]}__id__exact": pk}, {f"{item[0]}__exact": pk}]
        for query in asked:
            answer = staff.get(list_address(model), query)
            assert answer.status_code in {200, 302, 400}, (model, query)
            assert f"{THEIRS}-fan" not in body_of(answer), (model, query)
            assert f"{THEIRS} " not in body_of(answer), (model, query)


def test_nothing_is_guessed_by_asking_for_columns(site, staff):
    for model in site._registry:
        # What is not there at all is refused as well. A portal itself has no list.
        status = 302 if model is Tenant else 400
        for lookup in LOOKUPS:
            assert staff.get(list_address(model), {lookup: "1"}).status_code == status, lookup


def test_no_column_but_the_number_is_told_to_another_page(site, ours, staff):
    for model in set(site._registry) - {Tenant}:
        for name in ("email", "password", "tenant", "prefix", "key_hash", "url"):
            for end in ("", f"{ours.rows[model].pk}/change/"):
                answer = staff.get(list_address(model, end), {"_to_field": name})
                assert answer.status_code == 400, (model, name)


def test_no_address_leads_to_things_by_their_kind(site, ours, theirs, staff):
    for model in ours.rows:
        kind = ContentType.objects.get_for_model(model)
        for side in (ours, theirs):
            assert staff.get(f"/admin/r/{kind.pk}/{side.rows[model].pk}/").status_code == 404


def test_the_history_is_that_of_the_portals_own_people(site, ours, staff):
    platform = User.objects.create_superuser("platform@example.org", PASSWORD)
    fan = ours.rows[User]
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=platform, content_type=kind, object_id=fan.pk, object_repr=str(fan), action_flag=2,
        change_message="a word between colleagues",
    )  # fmt: skip
    page = body_of(staff.get(list_address(User, f"{fan.pk}/history/")))
    assert f"{OURS} message" in page
    assert "a word between colleagues" not in page
    assert "platform@example.org" not in page
    index = body_of(staff.get("/admin/"))
    assert f"{OURS} entry" in index


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


def test_a_portals_host_has_no_address_of_the_platforms_admin(ours, staff):
    for model in ("accounts/creditaccount", "accounts/hostname", "generations/lumiqkey",
                  "generations/alert", "generations/line", "auth/group"):  # fmt: skip
        assert staff.get(f"/admin/{model}/").status_code == 404


def test_the_platforms_host_has_no_address_of_the_tenants_admin(ours, visit):
    platform = User.objects.create_superuser("staff@example.org", PASSWORD)
    client = visit(platform, PLATFORM_HOST)
    address = list_address(User, f"{ours.rows[User].pk}/allocation/")
    assert client.get(address).status_code in {302, 404}
    assert "Tenants" in body_of(client.get("/admin/"))


def test_staff_of_two_portals_see_each_their_own(ours, theirs, visit):
    for side, mark, other in [(ours, OURS, THEIRS), (theirs, THEIRS, OURS)]:
        page = body_of(visit(side.staff, side.host).get("/admin/accounts/user/"))
        assert f"{mark}-fan@example.org" in page
        assert f"{mark} portal" in page
        assert other not in page


def everything():
    """All that somebody could have changed."""
    tables = (
        User,
        Tenant,
        ApiKey,
        Generation,
        WebhookEndpoint,
        Delivery,
        CreditTransaction,
        VoucherBatch,
        Voucher,
        Redemption,
        LogEntry,
        Purchase,
        StripeAccount,
    )
    return {model: list(model._base_manager.order_by("pk").values()) for model in tables}


def act(name, *rows):
    chosen = [row.pk for row in rows]
    return {"action": name, "_selected_action": chosen, "index": "0", "post": "yes"}


def no_inlines():
    return {"deliveries-TOTAL_FORMS": "0", "deliveries-INITIAL_FORMS": "0"}


def rows_of(side):
    return {
        model: model._base_manager.filter(pk=row.pk).values().get()
        for model, row in side.rows.items()
    }


def nothing_like(pk):
    """A key of the same kind that no row has."""
    return "987654321" if isinstance(pk, int) else "8d8ac610-566d-4ef0-9c22-186b2a5ed793"


def shape_of(answer, pk):
    """What an answer tells, but for the key that was asked for and the form's token."""
    told = answer.status_code, answer.headers.get("Location", ""), answer.content.decode()
    return re.sub(r'value="\w{64}"', "", str(told)).replace(f"/{pk}/", "/·/")


def leads_to_sign_in(answer):
    place = answer.headers["Location"]
    return place.startswith(("/admin/login/?", "/account/sign-in/?"))


def body_of(answer):
    return answer.getvalue().decode() + str(dict(answer.headers)) + str(answer.cookies)
