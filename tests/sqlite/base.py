"""Django's SQLite, but that the flush between tests passes the triggers of the ledger, and that a
test database can be the copy of another.

PostgreSQL needs none of this: its flush is a TRUNCATE, which fires no row's trigger, and Django
knows TEST["TEMPLATE"] there.
"""

import shutil

from django.db.backends.sqlite3 import base, creation, operations


class DatabaseCreation(creation.DatabaseCreation):
    def _create_test_db(self, *args, **kwargs):
        name = super()._create_test_db(*args, **kwargs)
        if template := self.connection.settings_dict["TEST"].get("TEMPLATE"):
            shutil.copyfile(template, name)
        return name


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(self, *args, **kwargs):
        flush = super().sql_flush(*args, **kwargs)
        return [*self._drops(), *flush, *self._makes()] if flush else flush

    def _drops(self):
        return [f'DROP TRIGGER "{name}"' for name, _ in self._triggers()]

    def _makes(self):
        return [sql for _, sql in self._triggers()]

    def _triggers(self):
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            return cursor.fetchall()


class DatabaseWrapper(base.DatabaseWrapper):
    creation_class = DatabaseCreation
    ops_class = DatabaseOperations
