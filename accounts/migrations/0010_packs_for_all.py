"""Packs for portals that were made before there were any, and the platform's price list for portals.

Both follow LUMIQ's own price list, as accounts.packs does for new portals. Where there is no portal
yet, the first one brings both.
"""

from django.db import migrations

PRICES = (("Small pack", 600, 10_00), ("Large pack", 6_000, 100_00))


def make_packs(apps, schema_editor):
    pack, price, tenant = (
        apps.get_model("accounts", name) for name in ("Pack", "PackPrice", "Tenant")
    )
    without = list(tenant.objects.filter(packs=None))
    has_list = pack.objects.filter(tenant=None).exists() or not tenant.objects.exists()
    for owner in [*without, *([] if has_list else [None])]:
        for place, (name, credits, amount_minor) in enumerate(PRICES, start=1):
            made = pack.objects.create(tenant=owner, name=name, credits=credits, order=10 * place)
            price.objects.create(pack=made, amount_minor=amount_minor, currency="usd")


class Migration(migrations.Migration):

    dependencies = [("accounts", "0009_connect_and_top_ups")]

    operations = [migrations.RunPython(make_packs, migrations.RunPython.noop)]
