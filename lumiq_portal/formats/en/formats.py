"""Dates where no template says how: in the admins' lists and forms."""

DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i e"
DATETIME_FORMAT = "j M Y, H:i e"
MONTH_DAY_FORMAT = "j F"
