"""An account for each group of keys that shared one so far, by its e-mail address."""

from typing import Any

from django.db import migrations
from django.db.models import F


def fill_accounts(apps: Any, schema_editor: Any) -> None:
    key_model = apps.get_model("generations", "LumiqKey")
    account_model = apps.get_model("generations", "LumiqAccount")
    key_model.objects.filter(name="From the settings").update(is_from_settings=True)
    known = key_model.objects.exclude(bought_credits=None).exclude(balance_credits=None)
    for key in known.order_by(F("account_seen_at").asc(nulls_first=True), "pk"):
        account, _ = account_model.objects.update_or_create(
            name=key.account_email or f"key {key.fingerprint}",
            defaults={
                "balance_credits": key.balance_credits,
                "bought_credits": key.bought_credits,
                "spent_credits": key.bought_credits - key.balance_credits,
                "spent_before_credits": key.spent_before_credits or 0,
                "read_at": key.account_seen_at or key.created_at,
                "seen_at": key.account_seen_at or key.created_at,
            },
        )
        key_model.objects.filter(pk=key.pk).update(account=account)


class Migration(migrations.Migration):
    dependencies = [("generations", "0002_lumiq_accounts")]
    operations = [migrations.RunPython(fill_accounts, migrations.RunPython.noop)]
