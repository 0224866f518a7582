"""Makes a migrated database for the test processes to copy: `python -m … NAME READY`.

Touches the file READY when it is made, and drops the database at the end of its own input.
"""

import sys
from pathlib import Path

import django
from django.db import connection


def main(name, ready):
    django.setup()
    connection.settings_dict["TEST"]["NAME"] = name
    creation, before = connection.creation, connection.settings_dict["NAME"]
    try:
        creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        connection.close()  # nobody may be connected to what is copied
    finally:
        Path(ready).touch()  # where this has failed, its error has been told, and theirs follow
    sys.stdin.read()
    creation.destroy_test_db(before, verbosity=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
