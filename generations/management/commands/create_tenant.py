"""A new portal with its hostname, its owner and, if wanted, credits in its pool."""

import json
import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.text import slugify

from accounts import ledger, packs
from accounts.errors import InsufficientCredits
from accounts.models import Hostname, Tenant, User
from accounts.people import password_reset_url
from accounts.tenancy import build_url
from generations.supply import ensure_supply


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--host", required=True)
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("--credits", type=int, default=0, metavar="N")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["credits"] < 0:
            raise CommandError("--credits must not be negative.")
        trouble = ensure_supply(options["credits"]) if options["credits"] else ""
        try:
            tenant, owner = self._create(options)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except InsufficientCredits as error:
            raise CommandError(
                f"The supply has {error.available} credits, not {error.needed}; no tenant was made."
                + (f" Besides, {trouble}." if trouble else "")
            ) from error
        facts = {
            "tenant": tenant.slug,
            "url": build_url(tenant, "/"),
            "owner": owner.email,
            "pool_credits": options["credits"],
            "set_password_url": password_reset_url(owner),
        }
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        else:
            self.stdout.write("\n".join(f"{name}: {value}" for name, value in facts.items()))

    @transaction.atomic
    def _create(self, options: dict[str, Any]) -> tuple[Tenant, User]:
        tenant = Tenant(name=options["name"], slug=slugify(options["name"])[:40])
        tenant.full_clean()
        tenant.save()
        hostname = Hostname(tenant=tenant, host=options["host"].lower(), is_primary=True)
        hostname.full_clean()
        hostname.save()
        packs.make_default_packs(tenant)
        packs.make_pool_packs()
        owner = User.objects.create_user(
            tenant=tenant, email=options["owner"], password=None, is_tenant_staff=True
        )
        if options["credits"]:
            ledger.allocate_to_tenant(
                tenant,
                options["credits"],
                reference=f"allocation:{uuid.uuid4()}",
                note="with the new portal",
            )
        return tenant, owner
