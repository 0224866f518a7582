"""Looks at everything that must be right; a line a check, exit 1 where something is ill."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder

from generations import doctor
from generations.doctor import Finding, Level


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--ask-lumiq", action="store_true", help="read the keys' balances anew; costs budget"
        )
        parser.add_argument("--json", action="store_true", help="with all figures")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = []
        for finding in doctor.examine(ask_lumiq=options["ask_lumiq"]):
            findings.append(finding)
            if not options["json"]:
                self.stdout.write(_as_line(finding))
        is_well = all(finding.level != Level.ILL for finding in findings)
        if options["json"]:
            facts = {"ok": is_well, "checks": [asdict(finding) for finding in findings]}
            self.stdout.write(json.dumps(facts, cls=DjangoJSONEncoder))
        if not is_well:
            sys.exit(1)


def _as_line(finding: Finding) -> str:
    line = f"{finding.level:<5} {finding.name}: {finding.text}"
    return f"{line.rstrip('.')}. {finding.remedy}" if finding.remedy else line
