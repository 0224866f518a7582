"""Which part of a photo is sent: an upright 4:5 box, as on the photo step. Pure, in pixels."""

from dataclasses import dataclass

WIDTH, HEIGHT = 4, 5
LEAST_WIDTH = 256


@dataclass(frozen=True)
class Box:
    left: int
    top: int
    width: int
    height: int

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom, as Pillow takes them."""
        return self.left, self.top, self.left + self.width, self.top + self.height

    def is_all_of(self, width: int, height: int) -> bool:
        return (self.width, self.height) == (width, height)


def centred(width: int, height: int) -> Box:
    """The largest box in the middle of a photo of this size.

    A small photo keeps what its shape would cost it below the least width: it is nearer to square.
    """
    box_width = max(min(width, height * WIDTH // HEIGHT), min(width, LEAST_WIDTH))
    box_height = max(min(height, width * HEIGHT // WIDTH), min(height, LEAST_WIDTH))
    return Box((width - box_width) // 2, (height - box_height) // 2, box_width, box_height)


def fitted(width: int, height: int, *, left: int, top: int, box_width: int) -> Box:
    """The box that was asked for, or the nearest one inside the photo."""
    largest = centred(width, height)
    box_width = _between(box_width, min(largest.width, LEAST_WIDTH), largest.width)
    box_height = round(box_width * largest.height / largest.width)
    return Box(
        _between(left, 0, width - box_width),
        _between(top, 0, height - box_height),
        box_width,
        box_height,
    )


def _between(number: int, least: int, most: int) -> int:
    return max(least, min(number, most))
