"""What becomes of endpoints and their secrets: made, switched on and off, rotated, given up."""

from collections.abc import Sequence

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.mails import outbox
from accounts.models import User
from generations.models import Delivery, WebhookEndpoint, WebhookSecret
from generations.models.webhook import FILTERED, Signer, new_sealed_secret
from generations.outgoing.addresses import validate_url

MOST_ENDPOINTS = 10
MAILS_AT_ONCE = 50

Disabled = WebhookEndpoint.Disabled


class TooManyEndpoints(Exception):
    """The user has MOST_ENDPOINTS."""


class KnownAddress(Exception):
    """The user has an endpoint of this address already."""


def create(
    user: User, *, url: str, events: Sequence[str], description: str = ""
) -> WebhookEndpoint:
    """Raises RefusedAddress, KnownAddress or TooManyEndpoints."""
    assert user.tenant is not None, "the platform's staff have no endpoints"
    url = validate_url(url)
    if WebhookEndpoint.objects.for_user(user).count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints
    try:
        with transaction.atomic():
            return WebhookEndpoint.objects.create(
                tenant=user.tenant,
                user=user,
                url=url,
                description=description[:80],
                events=_known(events),
            )
    except IntegrityError:
        raise KnownAddress from None


def change(endpoint: WebhookEndpoint, *, events: Sequence[str], description: str) -> None:
    endpoint.events = _known(events)
    endpoint.description = description[:80]
    endpoint.save(update_fields=["events", "description"])


def enable(endpoint: WebhookEndpoint) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        is_enabled=True, disabled_reason="", failing_since=None, mail_due_at=None
    )


@transaction.atomic
def disable(endpoint: WebhookEndpoint, reason: Disabled) -> None:
    """What waits for it is given up and can be replayed. Its owner gets a mail, unless by them."""
    now = timezone.now()
    disabled = WebhookEndpoint.objects.filter(pk=endpoint.pk, is_enabled=True).update(
        is_enabled=False,
        disabled_reason=reason,
        mail_due_at=None if reason == Disabled.OWNER else now,
    )
    if disabled:
        Delivery.objects.pending().not_in_hand(now).filter(endpoint=endpoint).update(
            state=Delivery.State.DEAD
        )


def delete(endpoint: WebhookEndpoint) -> None:
    """With its log. Switched off first, after which no event gets a delivery to it any more; then
    nothing can come to hang on what is just being deleted."""
    disable(endpoint, Disabled.OWNER)
    with transaction.atomic():
        # In the order in which a try that has ended writes them.
        list(Delivery.objects.select_for_update().filter(endpoint=endpoint).values_list("pk"))
        WebhookEndpoint.objects.select_for_update().filter(pk=endpoint.pk).first()
        endpoint.delete()


def rotate(signer: Signer) -> None:
    """For a day both secrets sign. A second rotation within that day ends the oldest at once."""
    signer.sealed_previous = signer.sealed_secret
    signer.sealed_secret = new_sealed_secret()
    signer.previous_until = timezone.now() + settings.LUMIQ_PACE.secret_overlap
    signer.save(update_fields=["sealed_previous", "sealed_secret", "previous_until"])


def default_secret_of(user: User) -> WebhookSecret:
    """What signs deliveries to the addresses that the user's orders name."""
    return WebhookSecret.objects.get_or_create(user=user)[0]


def mail_owners() -> int:
    """Tell owners what we have switched off, for beat; returns how many were told."""
    due = WebhookEndpoint.objects.due_for_mail(timezone.now()).select_related("user__tenant")
    return sum(_tell(endpoint) for endpoint in due[:MAILS_AT_ONCE])


def _known(events: Sequence[str]) -> list[str]:
    return [kind.value for kind in FILTERED if kind in events]


@transaction.atomic
def _tell(endpoint: WebhookEndpoint) -> bool:
    """Of several beats one tells."""
    unchanged = WebhookEndpoint.objects.filter(pk=endpoint.pk, mail_due_at=endpoint.mail_due_at)
    if endpoint.mail_due_at is None or not unchanged.update(mail_due_at=None):
        return False
    about = f"{endpoint.pk}:{endpoint.mail_due_at.timestamp()}"
    facts = {"endpoint": str(endpoint.pk)}
    outbox.post("webhook_disabled", endpoint.user, about=about, facts=facts)
    return True
