"""The demo: two portals, their people, and sample videos made through the real pipeline."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generations import demo


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--without-videos", action="store_true", help="portals and people only")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.LUMIQ_USES_SANDBOX:
            raise CommandError("LUMIQ_API_KEY is set: the demo's videos would cost real credits.")
        demo.create_portals()
        self.stdout.write("The demo portals are there.")
        if not options["without_videos"]:
            made = demo.make_sample_videos()
            self.stdout.write(f"{made} sample videos made.")
