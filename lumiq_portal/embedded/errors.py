"""Why the embedded site does not start or stops; the text is for the person at the terminal."""


class CannotStart(Exception):
    """Something outside has to change first."""


class GaveUp(Exception):
    """A program that the site cannot be without ended again and again."""


class Interrupted(Exception):
    """Asked to stop while still starting."""
