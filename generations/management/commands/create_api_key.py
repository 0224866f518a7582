"""Makes an API key for a user. The key is printed once and cannot be shown again."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.lookup import find_tenant, find_user
from accounts.models import ApiKey


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--user", required=True, metavar="EMAIL")
        parser.add_argument("--name", default="From the command line")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        user = find_user(find_tenant(options["tenant"]), options["user"])
        row, key = ApiKey.issue(user=user, name=options["name"])
        if options["json"]:
            self.stdout.write(json.dumps({"key": key, "prefix": row.prefix, "user": user.email}))
        else:
            self.stdout.write(key)
