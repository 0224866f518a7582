"""Gives credits: from the supply to a tenant's pool, or from there to a user's wallet."""

import json
import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import ledger
from accounts.errors import InsufficientCredits
from accounts.lookup import find_tenant, find_user
from generations.supply import ensure_supply


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--user", metavar="EMAIL", help="to this user's wallet")
        parser.add_argument("credits", type=int, metavar="N")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        credits = options["credits"]
        if credits <= 0:
            raise CommandError("N must be at least 1.")
        tenant = find_tenant(options["tenant"])
        reference = f"allocation:{uuid.uuid4()}"
        facts: dict[str, Any] = {"tenant": tenant.slug}
        trouble = ""
        try:
            if options["user"]:
                user = find_user(tenant, options["user"])
                ledger.allocate_to_user(user, credits, reference=reference)
                facts |= {"user": user.email, "wallet": ledger.balance_of(user).wallet}
            else:
                trouble = ensure_supply(credits)
                ledger.allocate_to_tenant(tenant, credits, reference=reference)
        except InsufficientCredits as error:
            source = f"The pool of {tenant.slug}" if options["user"] else "The supply"
            raise CommandError(
                f"{source} has {error.available} credits, not {error.needed}. Nothing was moved."
                + (f" Besides, {trouble}." if trouble else "")
            ) from error
        facts |= {"pool": ledger.pool_of(tenant), "supply": ledger.supply_left()}
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        else:
            self.stdout.write(f"{credits} credits given. " + _as_text(facts))


def _as_text(facts: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in facts.items())
