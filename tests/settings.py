"""The portal's settings for tests: a state of its own, cheap passwords, nothing from the shell.

Each test process (pytest, each of its xdist workers) gets a temporary folder with a database and a
Redis of its own. Only DATABASE_URL is obeyed, so that `make test-postgres` can say where.
"""

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

_OURS = re.compile(r"(PORTAL|LUMIQ|STRIPE)_|(SECRET_KEY|DEBUG|PORT|(REDIS|STORAGE|EMAIL)_URL)(_|$)")
for _name in [name for name in os.environ if _OURS.match(name)]:
    del os.environ[_name]

_FOLDER = Path(tempfile.mkdtemp(prefix="portal-tests-"))
_OWNER = os.getpid()


@atexit.register
def _remove_folder() -> None:
    if os.getpid() == _OWNER:  # a forked child also comes by here
        shutil.rmtree(_FOLDER, ignore_errors=True)


(_FOLDER / "static").mkdir()  # WhiteNoise warns where it is missing
os.environ["PORTAL_VAR"] = str(_FOLDER)
os.environ["SECRET_KEY"] = "for-tests-only-" + 40 * "x"

from lumiq_portal.settings import *  # noqa: E402, F403
from lumiq_portal.settings import DATABASES, STORAGES  # noqa: E402

if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # A file, so that threads and other processes see the same rows.
    DATABASES["default"]["ENGINE"] = "tests.sqlite"
    DATABASES["default"]["TEST"] = {"NAME": str(_FOLDER / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
    )
DATABASES["default"]["CONN_MAX_AGE"] = 0

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
