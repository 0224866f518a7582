"""Staff of one portal see nothing of another, at any address of the tenants' admin."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import ForeignKey
from django.forms import ModelChoiceField

from accounts.models import CreditTransaction, Hostname, Tenant, User
from tests.cast import PASSWORD, PLATFORM_HOST
from tests.isolation.tenant_admin import list_address, object_addresses, plain_addresses
from tests.isolation.two_sides import (
    OURS,
    THEIRS,
    body_of,
    everything,
    leads_to_sign_in,
    nothing_like,
    shape_of,
)

pytestmark = pytest.mark.django_db
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
                    # A page in another language repeats what was asked for.
                    assert THEIRS not in body_of(answer).replace(f"term={THEIRS}", "")
                    if answer.status_code == 200:
                        found += json.loads(answer.content)["results"]
    assert any(OURS in row["text"] for row in found)


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
