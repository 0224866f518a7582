"""Recomputes every balance from its lines; exit 1 and a list where something is off."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from generations.audit import audit_all


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        audit = audit_all()
        if options["json"]:
            self.stdout.write(
                json.dumps({"ok": not audit.problems, **audit.totals, "problems": audit.problems})
            )
        else:
            for name, value in audit.totals.items():
                self.stdout.write(f"{name}: {value}")
            for problem in audit.problems:
                self.stdout.write(f"OFF: {problem}")
            self.stdout.write("The ledger is in order." if not audit.problems else "Not in order.")
        if audit.problems:
            sys.exit(1)
