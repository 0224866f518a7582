"""Runs the stand-alone LUMIQ server (generations/sandbox). Needs no database."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from generations.sandbox import cli


class Command(BaseCommand):
    help = "Run a LUMIQ server for development: same protocol, real MP4 files drawn here."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_arguments(parser, default_state=settings.VAR_DIR / "sandbox")

    def handle(self, *_args: Any, **options: Any) -> None:
        cli.run(cli.Options.from_arguments(options))
