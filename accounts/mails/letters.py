"""From a row of the outbox to the mail as sent: in the portal's look and the receiver's words."""

import re
from email.mime.image import MIMEImage
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts import languages, tenancy
from accounts.branding import DARK, LIGHT, build_palette
from accounts.mails import choices, kinds
from accounts.models import Mail, Tenant, User

# What mail programs have; web fonts are not loaded by most of them.
_FONTS = {
    Tenant.Style.CUT: ("Arial, Helvetica, sans-serif", "Arial, Helvetica, sans-serif"),
    Tenant.Style.KNIT: ("Arial, Helvetica, sans-serif", "Georgia, 'Times New Roman', serif"),
}
# What tags leave that had nothing to say.
_GAPS = re.compile(r"\n\s*\n")
_RADII = {Tenant.Style.CUT: "4px", Tenant.Style.KNIT: "14px"}


def find_receiver(mail: Mail) -> User | None:
    """None where nobody has the address."""
    if mail.user is not None:
        return mail.user
    return User.objects.filter(tenant=mail.tenant, email__iexact=mail.address).first()


def build(mail: Mail, user: User) -> EmailMultiAlternatives | None:
    """None where it is not wanted, or there is nothing to tell any more."""
    kind = kinds.get(mail.kind)
    host = tenancy.primary_host(mail.tenant)
    if host is None or not (mail.tenant.is_active and user.is_active):
        return None
    if kind.choice and not getattr(user, kind.choice):
        return None
    with translation.override(languages.language_of(user)):
        content = kind.build(mail, user)
        if content is None:
            return None
        off_url = choices.build_off_url(user, kind.choice) if kind.choice else ""
        message = _compose(mail, user, content, off_url=off_url)
    # By itself Django would name this machine in it. The same at each try.
    message.extra_headers["Message-ID"] = f"<{mail.pk.hex}@{host}>"
    return message


def _compose(
    mail: Mail, user: User, content: kinds.Content, *, off_url: str
) -> EmailMultiAlternatives:
    tenant = mail.tenant
    context = {
        **content.context,
        "user": user,
        "tenant": tenant,
        "off_url": off_url,
        "mails_url": tenancy.build_url(tenant, reverse("mails", settings.PORTAL_URLCONF)),
        **_look(tenant),
    }
    name = f"emails/{mail.kind}"
    message = EmailMultiAlternatives(
        # A header has one line, whatever a portal's name or a title has.
        subject=" ".join(render_to_string(f"{name}.subject.txt", context).split()),
        body=_GAPS.sub("\n\n", render_to_string(f"{name}.txt", context)),
        from_email=_sender(tenant),
        to=[user.email],
        reply_to=[tenant.support_email] if tenant.support_email else None,
        headers=_headers(off_url),
    )
    message.attach_alternative(render_to_string(f"{name}.html", context), "text/html")
    for picture, data in content.pictures.items():
        # Django reads it, and its types do not name it.
        message.mixed_subtype = "related"  # type: ignore[attr-defined]
        message.attach(_inline(picture, data))
    return message


def _look(tenant: Tenant) -> dict[str, Any]:
    """The colours of the portal, as `look` and, for devices in dark mode, `dark`."""
    text, display = _FONTS[Tenant.Style(tenant.style)]
    first = DARK if tenant.mode == Tenant.Mode.DARK else LIGHT
    return {
        "look": _colours(tenant, first),
        "dark": _colours(tenant, DARK) if first == LIGHT else None,
        "fonts": {"text": text, "display": display},
        "radius": _RADII[Tenant.Style(tenant.style)],
    }


def _colours(tenant: Tenant, mode: str) -> dict[str, str]:
    """Names fit for templates: "--on-action" is `on_action`."""
    palette = build_palette(tenant, mode)
    return {name.removeprefix("--").replace("-", "_"): value for name, value in palette.items()}


def _sender(tenant: Tenant) -> str:
    name = tenant.name.replace("\\", "").replace('"', "'")
    return f'"{name}" <{tenant.sender_address or settings.DEFAULT_FROM_EMAIL}>'


def _headers(off_url: str) -> dict[str, str]:
    headers = {"Auto-Submitted": "auto-generated"}
    if off_url:
        headers["List-Unsubscribe"] = f"<{off_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    return headers


def _inline(name: str, data: bytes) -> MIMEImage:
    image = MIMEImage(data, "jpeg")
    image.add_header("Content-ID", f"<{name}>")
    image.add_header("Content-Disposition", "inline", filename=f"{name}.jpg")
    return image
