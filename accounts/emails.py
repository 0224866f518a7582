"""Mails in the tenant's name: templates/emails/<name>.subject.txt, .txt and .html."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts.models import User


def send(name: str, user: User, context: dict[str, Any]) -> None:
    assert user.tenant is not None
    context = {**context, "user": user, "tenant": user.tenant}
    subject = " ".join(render_to_string(f"emails/{name}.subject.txt", context).split())
    address = settings.DEFAULT_FROM_EMAIL
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"emails/{name}.txt", context),
        from_email=f'"{user.tenant.name}" <{address}>',
        to=[user.email],
        reply_to=[user.tenant.support_email] if user.tenant.support_email else None,
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string(f"emails/{name}.html", context), "text/html")
    message.send()
