"""A date with its time, in the forms of both admins."""

from typing import Any

from django import forms


class Moment(forms.DateTimeInput):
    """The browser's own, so that no script is needed."""

    input_type = "datetime-local"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%dT%H:%M")
