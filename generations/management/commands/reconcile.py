"""One pass of what beat does: wakes what is due, takes over what got stuck."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from generations import beat


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--inline", action="store_true", help="do the work here instead of waking workers"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        done = beat.run_pass(inline=options["inline"])
        if options["json"]:
            self.stdout.write(json.dumps(done))
        else:
            self.stdout.write(", ".join(f"{name}: {count}" for name, count in done.items()))
