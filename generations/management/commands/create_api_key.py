"""Makes an API key for a user. The key is printed once and cannot be shown again."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import api_keys
from accounts.errors import TooManyKeys
from accounts.lookup import find_tenant, find_user


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--user", required=True, metavar="EMAIL")
        parser.add_argument("--name", default="From the command line")
        parser.add_argument("--test", action="store_true", help="for simulated videos, free")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        user = find_user(find_tenant(options["tenant"]), options["user"])
        try:
            row, key = api_keys.issue(user, name=options["name"][:60], is_test=options["test"])
        except TooManyKeys:
            raise CommandError(
                f"{user.email} has {api_keys.MOST_LIVE_KEYS} live keys: revoke one first."
            ) from None
        if options["json"]:
            self.stdout.write(json.dumps({"key": key, "prefix": row.prefix, "user": user.email}))
        else:
            self.stdout.write(key)
