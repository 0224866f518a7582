"""As CLDR has it for Arabic: Western digits, with the signs that go with them."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3


def __getattr__(name: str) -> str:
    """Django looks here for every format of a template first, by its text: "j F, H:i e"."""
    if "," in name:
        return name.replace(",", "،")
    raise AttributeError(name)
