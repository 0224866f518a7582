"""Those who wait already keep their order: each user's videos get the rounds 1, 2, 3 … by age."""

from itertools import groupby

from django.db import migrations

AT_ONCE = 1000


def give_rounds(apps, schema_editor):
    Generation = apps.get_model("generations", "Generation")
    Line = apps.get_model("generations", "Line")
    waiting = (
        Generation.objects.filter(status="queued", round=0)
        .order_by("user_id", "created_at", "pk")
        .only("pk", "user_id", "tenant_id")
    )
    rows = []
    for _, of_user in groupby(waiting, key=lambda generation: generation.user_id):
        for number, generation in enumerate(of_user, start=1):
            generation.round = number
            rows.append(generation)
    Generation.objects.bulk_update(rows, ["round"], batch_size=AT_ONCE)
    tenants = sorted({generation.tenant_id for generation in rows})
    Line.objects.bulk_create(
        [Line(tenant_id=tenant) for tenant in tenants], ignore_conflicts=True, batch_size=AT_ONCE
    )


class Migration(migrations.Migration):

    dependencies = [('generations', '0005_line')]

    operations = [migrations.RunPython(give_rounds, migrations.RunPython.noop)]
