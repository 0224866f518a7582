"""`python -m lumiq_portal.embedded`, which is `make run`."""

import os
import sys
from pathlib import Path

import django
from django.core.exceptions import ImproperlyConfigured


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumiq_portal.settings")
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")])
    )
    try:
        django.setup()
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr)
        return 1
    # Only now: it reads the settings as it is imported.
    from lumiq_portal.embedded.site import serve

    return serve()


if __name__ == "__main__":
    sys.exit(main())
