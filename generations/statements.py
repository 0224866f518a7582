"""Queries whose SQL is made once: for a page of rows Django takes longer to write it than to ask.

A statement is an ordinary QuerySet of `values_list`, with `given(...)` wherever each reading has a
value of its own. So what the models' managers define holds here too, on either database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Expression, Field, Model, QuerySet

Row = tuple[Any, ...]


def given(model: type[Model], field: str, name: str = "") -> Any:
    """The place of a value that the field takes; `read` gets it by `name`, else the field's own."""
    return _Given(name or field, model._meta.get_field(field))


class Statement:
    """`build` is called once in a process, at the first reading."""

    def __init__(self, build: Callable[[], QuerySet[Any, Any]]) -> None:
        self._build = build

    def read(self, **values: Any) -> list[Row]:
        try:
            sql, parameters, converters = self._made
        except EmptyResultSet:  # such as of "in ()"
            return []
        bound = [
            each.prepare(values[each.name]) if isinstance(each, _Given) else each
            for each in parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(sql, bound)
            rows: list[Row] = cursor.fetchall()
        return [_convert(row, converters) for row in rows] if converters else rows

    @cached_property
    def _made(self) -> tuple[str, list[Any], list["_Converter"]]:
        """By the compiler, which QuerySet.raw() uses in the same way: PostgreSQL's columns need
        hardly any conversion, SQLite's do."""
        compiler = self._build().query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        found = compiler.get_converters([selected[0] for selected in compiler.select])
        converters = [
            _Converter(column, expression, functions)
            for column, (functions, expression) in found.items()
        ]
        return sql, list(parameters), converters


@dataclass(frozen=True)
class _Converter:
    column: int
    expression: Any
    functions: list[Callable[[Any, Any, Any], Any]]


class _Given(Expression):
    """Its own parameter, until `read` puts the value in its place."""

    def __init__(self, name: str, field: Any) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", (self,)

    def prepare(self, value: Any) -> Any:
        field: Field[Any, Any] = self.output_field
        return field.get_db_prep_value(value, connection)


def _convert(row: Row, converters: list[_Converter]) -> Row:
    values = list(row)
    for each in converters:
        for function in each.functions:
            values[each.column] = function(values[each.column], each.expression, connection)
    return tuple(values)
