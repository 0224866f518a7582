"""The renderer that the sandbox uses unless told otherwise. Imported by drawing processes only."""

from generations.sandbox.avatar import render_avatar
from generations.sandbox.football import render_football

__all__ = ["render_avatar", "render_football"]
