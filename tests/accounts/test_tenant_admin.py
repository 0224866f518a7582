"""The tenants' admin: what a portal's staff do there, and what the base class refuses to hold."""

import re
import uuid

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.core.exceptions import ImproperlyConfigured, PermissionDenied

from accounts import api_keys, ledger
from accounts.ledger_audit import audit_ledger
from accounts.models import ApiKey, CreditLeg, CreditTransaction, Tenant, User
from accounts.tenant_admin.scope import TenantModelAdmin, TenantTabularInline
from accounts.tenant_admin.site import TenantAdminSite
from generations.models import Delivery, DeliveryAttempt, Generation, ShareLink, WebhookEndpoint
from tests.cast import build_user, give, make_ready

pytestmark = pytest.mark.django_db

USERS = "/admin/accounts/user/"
VIDEOS = "/admin/generations/generation/"
LINKS = "/admin/generations/sharelink/"


@pytest.fixture
def staff(cast, visit):
    return visit(cast.olga)


def test_the_pages_are_the_portals_own(cast, staff):
    page = staff.get("/admin/")
    body = page.content.decode()
    assert '<a href="/admin/">Aurora</a>' in body
    assert "/branding.css" in body
    assert "unfold" not in body
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.findall(r"<script(?![^>]*src=)[^>]*>\s*\S|\sstyle=|\son\w+=", body)


def test_signing_in_leads_back_to_the_page_that_was_asked_for(cast, visit):
    browser = visit()
    answer = browser.get(USERS, follow=True)
    assert answer.redirect_chain[-1][0] == f"/account/sign-in/?next={USERS}"
    fields = {"username": "olga@example.org", "password": "correct horse battery", "next": USERS}
    assert browser.post("/account/sign-in/", fields).headers["Location"] == USERS
    assert browser.get("/admin/login/").headers["Location"] == "/admin/"
    assert browser.post("/admin/logout/").headers["Location"] == "/"
    assert browser.get("/admin/").status_code == 302


def test_the_portals_menu_leads_its_staff_there(cast, staff, visit):
    assert 'href="/admin/"' in staff.get("/wallet/").content.decode()
    assert 'href="/admin/"' not in visit(cast.alice).get("/wallet/").content.decode()


def test_staff_invite_somebody(cast, staff, visit, django_capture_on_commit_callbacks):
    Tenant.objects.filter(pk=cast.aurora.pk).update(welcome_credits=90)
    with django_capture_on_commit_callbacks(execute=True):
        answer = staff.post(f"{USERS}add/", {"email": " New@Example.org", "display_name": "Nia"})
    assert answer.status_code == 302
    user = User.objects.get(email="New@example.org")
    assert (user.tenant, user.is_active, user.has_usable_password()) == (cast.aurora, True, False)
    assert ledger.balance_of(user).available == 90
    [message] = mail.outbox
    assert message.to == ["New@example.org"]
    assert message.subject == "Your account at Aurora"
    [link] = re.findall(r"http://aurora\S+", message.body)
    words = {"new_password1": "brand new words", "new_password2": "brand new words"}
    visit().post("/" + link.split("/", 3)[3], words)
    user.refresh_from_db()
    assert user.check_password("brand new words")


@pytest.mark.parametrize("email", ["ALICE@example.org", "nobody", ""])
def test_a_wrong_invitation_is_told_in_the_form(cast, staff, email):
    before = User.objects.count()
    answer = staff.post(f"{USERS}add/", {"email": email})
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert User.objects.count() == before


def test_an_address_of_another_portal_may_be_invited(cast, staff):
    assert staff.post(f"{USERS}add/", {"email": "mallory@example.org"}).status_code == 302
    assert User.objects.filter(email="mallory@example.org").count() == 2


def test_staff_close_an_account_and_open_it_again(cast, staff, visit):
    fan, address = visit(cast.alice), f"{USERS}{cast.alice.pk}/change/"
    sent = {"display_name": "Al", "allowance_period": "month"}
    staff.post(address, sent)
    assert fan.get("/wallet/").status_code == 302
    staff.post(address, {**sent, "is_active": "on"})
    assert fan.get("/wallet/").status_code == 200


def test_staff_cannot_be_closed_here(cast, staff):
    other = build_user(cast.aurora, "otto@example.org", is_tenant_staff=True)
    for user in (other, cast.olga):
        sent = {"display_name": "x", "allowance": "180", "allowance_period": "total"}
        staff.post(f"{USERS}{user.pk}/change/", sent)
        user.refresh_from_db()
        assert (user.display_name, user.is_active) == ("x", True)
        assert (user.allowance, user.allowance_period) == (180, "total")


def test_a_page_that_is_older_than_a_new_password_does_not_bring_the_old_one_back(cast, staff):
    """Only what the form has changed is written."""
    page = staff.get(f"{USERS}{cast.alice.pk}/change/").context["adminform"].form
    cast.alice.set_password("a whole new one")
    cast.alice.save(update_fields=["password"])
    model_admin = TenantAdminSite("x")
    model_admin.register(User, _users())
    stale, form = page.instance, page
    stale.password, stale.display_name = "old", "New"
    form.changed_data = ["display_name"]
    request = staff.get("/admin/").wsgi_request
    model_admin.get_model_admin(User).save_model(request, stale, form, change=True)
    cast.alice.refresh_from_db()
    assert cast.alice.check_password("a whole new one")
    assert cast.alice.display_name == "New"


def test_staff_give_credits_from_the_pool_once(cast, staff):
    pool = ledger.pool_of(cast.aurora)
    form = {"credits": "90", "note": "for the derby", "nonce": str(uuid.uuid4())}
    address = f"{USERS}{cast.alice.pk}/allocation/"
    assert "90,000 credits" in staff.get(address).content.decode()
    for _ in range(2):
        page = staff.post(address, form, follow=True).content.decode()
        assert "lice@example.org has 90 credits more" in page
    assert ledger.balance_of(cast.alice).available == 90
    assert ledger.pool_of(cast.aurora) == pool - 90
    assert "Gave 90 credits" in staff.get(f"{USERS}{cast.alice.pk}/history/").content.decode()
    reused = staff.post(address, {**form, "credits": "91"})
    assert "sent before" in reused.content.decode()
    assert audit_ledger().problems == []


@pytest.mark.parametrize("credits", ["0", "-5", "1.5", "", "90001", "99999999999999999999"])
def test_credits_that_cannot_be_given_are_told(cast, staff, credits):
    form = {"credits": credits, "nonce": str(uuid.uuid4())}
    answer = staff.post(f"{USERS}{cast.alice.pk}/allocation/", form)
    assert answer.status_code == 200
    assert answer.context["form"].errors["credits"]
    assert ledger.balance_of(cast.alice).available == 0
    assert ledger.pool_of(cast.aurora) == 90_000


def test_the_lines_are_those_of_pool_and_wallets(cast, staff):
    give(cast.alice, 30)
    give(cast.mallory, 31)
    page = staff.get("/admin/accounts/creditleg/").content.decode()
    assert page.count("field-credits") == 3  # the pool's own, and two of the gift
    page = staff.get("/admin/accounts/creditleg/", {"account": "pool"}).content.decode()
    assert page.count("field-credits") == 2
    leg = CreditLeg.objects.get(account__user=cast.alice)
    page = staff.post(f"/admin/accounts/creditleg/{leg.pk}/change/", {"amount": "99"})
    assert page.status_code == 403


def test_the_look_is_checked_for_contrast(cast, staff):
    address = f"/admin/accounts/tenant/{cast.aurora.pk}/change/"
    assert staff.get("/admin/accounts/tenant/").headers["Location"] == address
    brand = {"name": "Aurora", "style": "cut", "mode": "light", "welcome_credits": "0"}
    brand |= {"credit_mode": "shared", "allowance": "900", "allowance_period": "month"}
    brand |= {"embedding": "all"}
    page = staff.post(address, {**brand, "ground_colour": "#ffffff", "ink_colour": "#eeeeee"})
    assert "nearest ink that passes" in page.content.decode()
    assert staff.post(address, {**brand, "action_colour": "#0C5539"}).status_code == 302
    assert "#0C5539" in staff.get("/branding.css").content.decode()


def test_staff_revoke_a_key_and_make_none(cast, staff):
    key, _ = api_keys.issue(cast.alice, name="Screen")
    staff.post("/admin/accounts/apikey/", act("revoke", key))
    assert not ApiKey.objects.live().exists()
    assert staff.get("/admin/accounts/apikey/add/").status_code == 403
    assert LogEntry.objects.get().user == cast.olga


def test_staff_end_what_a_video_shows(cast, staff, visit):
    video = make_ready(cast.alice)
    Generation.objects.filter(pk=video.pk).update(visibility="public")
    code = ShareLink.objects.get().code
    page = visit().get(f"/s/{code}/")
    assert page.status_code in {200, 404}
    staff.post(VIDEOS, act("unpublish", video))
    assert Generation.objects.get().visibility == "link"
    staff.post(VIDEOS, act("hide", video))
    assert Generation.objects.get().visibility == "private"
    staff.post(LINKS, act("revoke", ShareLink.objects.get()))
    assert ShareLink.objects.get().revoked_at is not None


def test_staff_do_not_see_the_code_that_opens_a_video_but_find_it_by_one(cast, staff):
    make_ready(cast.alice)
    make_ready(cast.bob)
    link = ShareLink.objects.get(generation__user=cast.alice)
    for page in (staff.get(LINKS), staff.get(f"{LINKS}{link.pk}/change/")):
        assert link.code not in page.content.decode()
    found = staff.get(LINKS, {"q": link.code}).content.decode()
    assert "alice@example.org" in found
    assert "bob@example.org" not in found


def test_what_its_owner_has_deleted_is_not_listed(cast, staff):
    video = make_ready(cast.alice)
    assert str(video.pk) in staff.get(VIDEOS).content.decode()
    Generation.objects.update(deleted_at=video.finished_at)
    assert str(video.pk) not in staff.get(VIDEOS).content.decode()
    assert staff.get(f"{VIDEOS}{video.pk}/change/").status_code == 302


def test_all_rows_of_a_page_may_be_chosen(cast, staff):
    for number in range(TenantModelAdmin.list_per_page):
        user = build_user(cast.aurora, f"fan{number}@example.org")
        api_keys.issue(user, name="Screen")
    answer = staff.post("/admin/accounts/apikey/", act("revoke", *ApiKey.objects.all()))
    assert answer.status_code == 302
    assert not ApiKey.objects.live().exists()


def _users(**options):
    return type("Users", (TenantModelAdmin,), {"tenant_path": "tenant", **options})


def _keys(**options):
    return type("Keys", (TenantModelAdmin,), {"tenant_path": "user__tenant", **options})


class UserChoice(forms.ModelForm):
    user = forms.ModelChoiceField(User.objects.all())

    class Meta:
        model = ApiKey
        fields = ["user"]


class StrayInline(TenantTabularInline):
    model = DeliveryAttempt


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (User, admin.ModelAdmin),
        (User, None),
        (User, _users(tenant_path="")),
        (User, _users(tenant_path="pk")),
        (User, _users(tenant_path="email")),
        (User, _users(tenant_path="nowhere")),
        (User, _users(tenant_path="api_keys__user__tenant")),
        (ApiKey, _keys(tenant_path="user")),
        (Tenant, _users(tenant_path="users__tenant")),
        (CreditTransaction, _users(tenant_path="legs__account__tenant")),
        (ApiKey, _keys(raw_id_fields=["user"])),
        (ApiKey, _keys(form=UserChoice)),
        (ApiKey, _keys(view_on_site=True)),
        (ApiKey, _keys(list_filter=["name"])),
        (ApiKey, _keys(list_filter=["user__email"])),
        (ApiKey, _keys(list_filter=[("user", admin.RelatedFieldListFilter)])),
        (ApiKey, _keys(list_filter=[("user", admin.RelatedOnlyFieldListFilter)])),
        (ApiKey, _keys(list_filter=[("user__email", admin.AllValuesFieldListFilter)])),
        (Delivery, _users(tenant_path="event__tenant", inlines=[StrayInline])),
    ],
    ids=str,
)
def test_a_class_that_could_show_more_is_not_registered(model, options):
    site = TenantAdminSite("strict")
    with pytest.raises(ImproperlyConfigured):
        site.register(model, options)
    assert not site.is_registered(model)


class WideForm(forms.ModelForm):
    """Offers what the base class has narrowed."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["generation"].queryset = Generation.objects.all()


class WideInline(TenantTabularInline):
    tenant_path = "generation__tenant"
    allows = ("add", "change")
    model = ShareLink
    fields = ["name"]


@pytest.mark.parametrize("what", ["add", "change"])
def test_a_form_that_takes_more_than_it_should_writes_nothing(cast, rf, what):
    links = TenantAdminSite("wide")
    options = {"tenant_path": "generation__tenant", "allows": ("add", "change"), "form": WideForm}
    links.register(ShareLink, type("Wide", (TenantModelAdmin,), options))
    links.register(Generation, _users())
    ours, theirs = make_ready(cast.alice), make_ready(cast.mallory)
    own = ShareLink.objects.get(generation=ours)
    request = rf.post("/", {"name": "x", "generation": theirs.pk})
    request.user, request.tenant, request._dont_enforce_csrf_checks = cast.olga, cast.aurora, True
    page = links.get_model_admin(ShareLink)
    before = list(ShareLink.objects.values())
    with pytest.raises(PermissionDenied):
        page.add_view(request) if what == "add" else page.change_view(request, str(own.pk))
    assert list(ShareLink.objects.values()) == before


@pytest.mark.parametrize("fields", [None, ["url", "tenant"]])
def test_no_form_has_the_tenant(cast, staff, fields):
    site = TenantAdminSite("plain")
    site.register(WebhookEndpoint, _users(fields=fields, allows=("add", "change")))
    request = staff.get("/admin/").wsgi_request
    form = site.get_model_admin(WebhookEndpoint).get_form(request)
    assert "tenant" not in form.base_fields
    assert "url" in form.base_fields


def test_a_row_that_names_another_portals_is_not_owned(cast, staff):
    site = TenantAdminSite("wide")
    site.register(
        ShareLink, type("Links", (TenantModelAdmin,), {"tenant_path": "generation__tenant"})
    )
    site.register(Generation, _users(inlines=[WideInline]))
    site.register(User, _users())
    request = staff.get("/admin/").wsgi_request
    ours, theirs = make_ready(cast.alice), make_ready(cast.mallory)
    check = site.get_model_admin(Generation).check_owned
    check(request, ours)
    check(request, ShareLink.objects.get(generation=ours))
    for row in (theirs, ShareLink.objects.get(generation=theirs)):
        with pytest.raises(PermissionDenied):
            check(request, row)
    Generation.objects.filter(pk=ours.pk).update(user=cast.mallory)
    ours.refresh_from_db()
    with pytest.raises(PermissionDenied):
        check(request, ours)


def test_an_inline_that_was_not_there_to_be_checked_is_an_error(cast, staff):
    class Late(TenantModelAdmin):
        tenant_path = "event__tenant"

        def get_inlines(self, request, obj):
            return [StrayInline]

    site = TenantAdminSite("strict")
    site.register(Delivery, Late)
    with pytest.raises(ImproperlyConfigured):
        site.get_model_admin(Delivery).get_inline_instances(staff.get("/admin/").wsgi_request)


def act(name, *rows):
    return {"action": name, "_selected_action": [row.pk for row in rows], "index": "0"}
