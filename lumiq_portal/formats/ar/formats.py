"""As CLDR has it for Arabic: Western digits, with the signs that go with them."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
