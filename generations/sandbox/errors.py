"""What the renderer says when it cannot draw from the files that it was given."""


class RenderError(ValueError):
    """A photo or clip cannot be read. The message is plain and safe to show."""
