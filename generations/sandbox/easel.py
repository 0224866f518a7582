"""A drawing surface with smooth edges: shapes are drawn enlarged and reduced at the end.

All coordinates are in pixels of the finished picture.
"""

from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from generations.sandbox.colour import Colour

Point = tuple[float, float]


class Easel:
    """A transparent RGBA picture of `size`, drawn at `oversampling` times its size."""

    def __init__(self, size: tuple[int, int], *, oversampling: int = 2) -> None:
        self.size = size
        self.oversampling = oversampling
        self.image = Image.new("RGBA", (size[0] * oversampling, size[1] * oversampling))
        self._draw = ImageDraw.Draw(self.image)

    def fill(self, points: Sequence[Point], colour: Colour) -> None:
        self._draw.polygon(self._enlarge(points), fill=(*colour, 255))

    def ellipse(self, centre: Point, radii: Point, colour: Colour) -> None:
        (x, y), (rx, ry) = centre, radii
        box = self._enlarge([(x - rx, y - ry), (x + rx, y + ry)])
        self._draw.ellipse([*box[0], *box[1]], fill=(*colour, 255))

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """A stroke with round joints and round ends."""
        enlarged = self._enlarge(points)
        thickness = max(1, round(width * self.oversampling))
        self._draw.line(enlarged, fill=(*colour, 255), width=thickness, joint="curve")
        for x, y in (enlarged[0], enlarged[-1]):
            radius = thickness / 2 - 0.5
            self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), (*colour, 255))

    def paint(
        self, points: Sequence[Point], colour: Colour, *, opacity: float, blur: float = 0.0
    ) -> None:
        """Lay a translucent, optionally blurred shape on what is drawn already, never beside it."""
        stain = self.shape_mask(points, blur=blur)
        box = stain.getbbox()
        if box is None:
            return
        factor = 3 * self.oversampling
        width, height = self.image.size
        left, top = box[0] * factor, box[1] * factor
        right, bottom = min(box[2] * factor, width), min(box[3] * factor, height)
        stain = stain.resize((right - left, bottom - top), Image.Resampling.BILINEAR, box)
        stain = stain.point([round(level * opacity) for level in range(256)])
        area = self.image.crop((left, top, right, bottom))
        alpha = area.getchannel("A")
        area.paste((*colour, 255), (0, 0), ImageChops.multiply(stain, alpha))
        area.putalpha(alpha)
        self.image.paste(area, (left, top))

    def shape_mask(self, points: Sequence[Point], *, blur: float = 0.0) -> Image.Image:
        """The shape in mode L at a third of the finished size, which is enough for soft stains."""
        small = Image.new("L", (max(1, self.size[0] // 3), max(1, self.size[1] // 3)))
        ImageDraw.Draw(small).polygon([(x / 3, y / 3) for x, y in points], fill=255)
        return small.filter(ImageFilter.GaussianBlur(blur / 3)) if blur else small

    def texture(self, points: Sequence[Point], cloth: Image.Image, corner: Point) -> None:
        """Fill the shape with an RGB picture whose upper left lies at `corner`."""
        factor = self.oversampling
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon(self._enlarge(points), fill=255)
        layer = Image.new("RGB", self.image.size)
        grown = cloth.resize(
            (cloth.width * factor, cloth.height * factor), Image.Resampling.BICUBIC
        )
        layer.paste(grown, (round(corner[0] * factor), round(corner[1] * factor)))
        self.image.paste(layer, (0, 0), mask)

    def finish(self) -> Image.Image:
        return self.image.reduce(self.oversampling)

    def _enlarge(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self.oversampling, y * self.oversampling) for x, y in points]


def curve_through(points: Sequence[Point], *, closed: bool = True, steps: int = 10) -> list[Point]:
    """A smooth Catmull–Rom line through the points."""
    count = len(points)
    spans = count if closed else count - 1
    line: list[Point] = []
    for index in range(spans):
        before, start, end, after = (
            points[_wrap(index + offset, count, closed)] for offset in (-1, 0, 1, 2)
        )
        line += [_blend(before, start, end, after, step / steps) for step in range(steps)]
    return line if closed else [*line, points[-1]]


def ellipse_points(centre: Point, radii: Point) -> list[Point]:
    (x, y), (rx, ry) = centre, radii
    quarter = 0.7071
    ring = [(1, 0), (quarter, quarter), (0, 1), (-quarter, quarter)]
    ring += [(-a, -b) for a, b in ring]
    return curve_through([(x + a * rx, y + b * ry) for a, b in ring])


def mirror(points: Sequence[Point], axis: float) -> list[Point]:
    """The points seen in a vertical mirror at x = axis, in the opposite order."""
    return [(2 * axis - x, y) for x, y in reversed(points)]


def _wrap(index: int, count: int, closed: bool) -> int:
    return index % count if closed else min(max(index, 0), count - 1)


def _blend(before: Point, start: Point, end: Point, after: Point, t: float) -> Point:
    return (
        _spline(before[0], start[0], end[0], after[0], t),
        _spline(before[1], start[1], end[1], after[1], t),
    )


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
