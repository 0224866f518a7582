"""Orders one real video through the public API of a portal, waits for it and checks the file."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import api_keys
from accounts.lookup import find_tenant, find_user
from accounts.models import Tenant, User
from generations import smoke


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--photo", required=True, type=Path, metavar="FILE")
        parser.add_argument("--left", required=True, metavar="TEAM")
        parser.add_argument("--right", required=True, metavar="TEAM")
        parser.add_argument("--user", metavar="EMAIL", help="default: the portal's first staff")
        parser.add_argument("--timeout", type=float, default=300, metavar="SECONDS")
        parser.add_argument("--output", type=Path, metavar="FILE", help="where the video goes")
        parser.add_argument("--json", action="store_true", help="JSON is printed in any case")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = find_tenant(options["tenant"])
        if not options["photo"].is_file():
            raise CommandError(f"There is no file {options['photo']}.")
        user = find_user(tenant, options["user"]) if options["user"] else _staff_of(tenant)
        smoke.fund(user)
        row, key = api_keys.issue(user, name="Smoke test")
        try:
            result = smoke.run(
                tenant,
                key,
                photo=options["photo"],
                teams=(options["left"], options["right"]),
                timeout_seconds=options["timeout"],
                output=options["output"] or settings.VAR_DIR / "smoke",
            )
        except smoke.SmokeFailed as error:
            result = {"status": "failed", "error": str(error)}
        finally:
            api_keys.revoke(row)
        self.stdout.write(json.dumps(result))
        if result["status"] != "completed":
            sys.exit(1)


def _staff_of(tenant: Tenant) -> User:
    user = tenant.users.filter(is_tenant_staff=True, is_active=True).order_by("pk").first()
    if user is None:
        raise CommandError(f"{tenant.slug} has no staff to order as: give --user.")
    return user
