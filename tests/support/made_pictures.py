"""Pictures of one letter with surroundings: frames, cells, edges of a scan, rules, other colours.

Every picture comes from numbers of a generator, so a kind has any number of different pictures.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw

Strokes = Sequence[np.ndarray]
Drawings = Sequence[tuple[str, Strokes]]
Colour = tuple[int, int, int]
Rng = np.random.Generator


class Sheet:
    """A picture of a letter in the making: dark ink on light paper or, on a pad, the reverse."""

    def __init__(
        self, rng: Rng, strokes: Strokes, pad: bool = False, margin: tuple[float, float] = (0.15, 0.3)
    ) -> None:
        self.rng = rng
        self.width, self.height = (int(side) for side in rng.integers(110, 420, 2))
        self.height = int(np.clip(self.height, 0.7 * self.width, 1.4 * self.width))
        light, dark = self._tone(205, 256), self._tone(0, 70)
        self.paper, self.ink = (dark, light) if pad else (light, dark)
        self.image = Image.new("RGB", (self.width, self.height), self.paper)
        self.pen = ImageDraw.Draw(self.image)
        self._letter(strokes, rng.uniform(*margin))

    def _tone(self, low: int, high: int) -> Colour:
        tone, tint = self.rng.integers(low, high), self.rng.integers(-12, 13, 3)
        return tuple(int(value) for value in np.clip(tone + tint, 0, 255))  # type: ignore[return-value]

    def grey(self) -> Colour:
        """A tone between ink and paper, clearly darker than the paper."""
        share = self.rng.uniform(0.45, 1.0)
        mixed = np.array(self.paper) * (1 - share) + np.array(self.ink) * share
        return tuple(int(value) for value in mixed)  # type: ignore[return-value]

    def _letter(self, strokes: Strokes, margin: float) -> None:
        points = np.concatenate([np.asarray(stroke, float) for stroke in strokes])
        low, size = points.min(0), np.ptp(points, axis=0)
        room = min(self.width, self.height) * (1 - 2 * margin)
        self.scale = room / max(size.max(), 1e-9)
        width = max(2, round(self.rng.uniform(0.07, 0.14) * room))
        shift = self.rng.uniform(-0.4, 0.4, 2) * min(self.width, self.height) * (margin - 0.1)
        start = np.array([self.width, self.height]) / 2 + shift - size * self.scale / 2
        for stroke in strokes:
            places = [tuple(place) for place in (np.asarray(stroke, float) - low) * self.scale + start]
            self.pen.line(places, fill=self.ink, width=width, joint="curve")
            for x, y in places:
                self.pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=self.ink)

    def lines(self, places: Sequence[tuple[float, float, float, float]], width: int, colour: Colour) -> None:
        """Lines, in pixels."""
        for place in places:
            self.pen.line(place, fill=colour, width=width)


def plain(rng: Rng, strokes: Strokes) -> Image.Image:
    """The letter alone, on paper or on a pad."""
    return Sheet(rng, strokes, pad=rng.random() < 0.4, margin=(0.02, 0.3)).image


def frame(rng: Rng, strokes: Strokes) -> Image.Image:
    """A closed frame, thin or thick, at the border of the picture or inside it."""
    sheet = Sheet(rng, strokes, pad=rng.random() < 0.3, margin=(0.24, 0.32))
    side = min(sheet.width, sheet.height)
    width = int(rng.integers(1, max(2, int(0.08 * side))))
    inset = 0 if rng.random() < 0.5 else int(rng.integers(1, max(2, int(0.08 * side))))
    box = [inset, inset, sheet.width - 1 - inset, sheet.height - 1 - inset]
    sheet.pen.rectangle(box, outline=sheet.grey(), width=width)
    return sheet.image


def added_frame(rng: Rng, strokes: Strokes) -> Image.Image:
    """A border of another tone around the picture, up to a fifth of its side: a table, a dark scanner lid."""
    sheet = Sheet(rng, strokes, pad=rng.random() < 0.3)
    side = min(sheet.width, sheet.height)
    edges = rng.integers(2, max(3, int(0.2 * side)), 4)
    image = Image.new(
        "RGB", (sheet.width + int(edges[0] + edges[1]), sheet.height + int(edges[2] + edges[3])), sheet.ink
    )
    image.paste(sheet.image, (int(edges[0]), int(edges[2])))
    return image


def pad_with_frame(rng: Rng, strokes: Strokes) -> Image.Image:
    """A dark pad with a light letter, inside light margins or a light frame."""
    sheet = Sheet(rng, strokes, pad=True)
    edge = int(rng.integers(1, max(2, int(0.15 * min(sheet.width, sheet.height)))))
    image = Image.new("RGB", (sheet.width + 2 * edge, sheet.height + 2 * edge), (255, 255, 255))
    image.paste(sheet.image, (edge, edge))
    return image


def open_frame(rng: Rng, strokes: Strokes) -> Image.Image:
    """Two or three sides of a frame, or its four corners."""
    sheet = Sheet(rng, strokes, margin=(0.25, 0.32))
    inset = 0.04 * min(sheet.width, sheet.height) + 1
    width, colour = int(rng.integers(1, 6)), sheet.grey()
    left, top, right, bottom = inset, inset, sheet.width - 1 - inset, sheet.height - 1 - inset
    if rng.random() < 0.5:
        sides = [(left, top, left, bottom), (left, bottom, right, bottom), (right, top, right, bottom)]
        sheet.lines(sides[: int(rng.integers(2, 4))], width, colour)
    else:
        arm = rng.uniform(0.1, 0.25) * min(sheet.width, sheet.height)
        for x, way in ((left, arm), (right, -arm)):
            for y, down in ((top, arm), (bottom, -arm)):
                sheet.lines([(x, y, x + way, y), (x, y, x, y + down)], width, colour)
    return sheet.image


def table_lines(rng: Rng, strokes: Strokes) -> Image.Image:
    """The lines of a table beside the letter, from border to border."""
    sheet = Sheet(rng, strokes, margin=(0.24, 0.32))
    side, width, colour = min(sheet.width, sheet.height), int(rng.integers(1, 6)), sheet.grey()
    near = rng.uniform(0.02, 0.08, 4) * side
    places = [
        (0, near[0], sheet.width, near[0]),
        (near[1], 0, near[1], sheet.height),
        (0, sheet.height - near[2], sheet.width, sheet.height - near[2]),
        (sheet.width - near[3], 0, sheet.width - near[3], sheet.height),
    ]
    sheet.lines([places[k] for k in rng.permutation(4)[: int(rng.integers(1, 5))]], width, colour)
    return sheet.image


def scan_edge(rng: Rng, strokes: Strokes) -> Image.Image:
    """A dark strip or wedge along one or two sides."""
    sheet = Sheet(rng, strokes, margin=(0.24, 0.32))
    side = min(sheet.width, sheet.height)
    for k in rng.permutation(4)[: int(rng.integers(1, 3))]:
        near, far = rng.uniform(0, 0.1, 2) * side + 1
        w, h = sheet.width, sheet.height
        wedges = [
            [(0, 0), (near, 0), (far, h), (0, h)],
            [(w, 0), (w - near, 0), (w - far, h), (w, h)],
            [(0, 0), (0, near), (w, far), (w, 0)],
            [(0, h), (0, h - near), (w, h - far), (w, h)],
        ]
        sheet.pen.polygon(wedges[k], fill=sheet.ink)
    return sheet.image


def cell_on_letter(rng: Rng, strokes: Strokes) -> Image.Image:
    """A cell of a form whose thin lines the letter touches."""
    sheet = Sheet(rng, strokes, margin=(0.2, 0.26))
    colour = sheet.grey()
    ink = np.any(np.asarray(sheet.image) != np.array(sheet.paper), axis=2)
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    gap = 0.05 * min(sheet.width, sheet.height)
    sides = [columns[0] - gap, rows[0] - gap, columns[-1] + gap, rows[-1] + gap]
    touched = int(rng.integers(0, 4))
    sides[touched] += gap * (1.4 if touched < 2 else -1.4)
    sheet.pen.rectangle(
        [int(v) for v in sides], outline=colour, width=1 + int(rng.integers(0, max(1, sheet.width // 120)))
    )
    return sheet.image


def _rules(sheet: Sheet, rng: Rng, squared: bool) -> Image.Image:
    spacing = rng.uniform(0.06, 0.25) * min(sheet.width, sheet.height)
    slope = np.tan(np.radians(rng.uniform(-3, 3))) if rng.random() < 0.5 else 0.0
    width = 1 if spacing < 20 else int(rng.integers(1, 3))
    colour = sheet.grey()
    start = rng.uniform(0, spacing)
    reach = abs(slope) * max(sheet.width, sheet.height)
    for at in np.arange(start - reach, sheet.height + reach, spacing):
        sheet.lines([(0, at, sheet.width, at + slope * sheet.width)], width, colour)
    if squared:
        for at in np.arange(start - reach, sheet.width + reach, spacing):
            sheet.lines([(at, 0, at - slope * sheet.height, sheet.height)], width, colour)
    return sheet.image


def ruled(rng: Rng, strokes: Strokes) -> Image.Image:
    """Ruled paper, the rules over the letter."""
    return _rules(Sheet(rng, strokes), rng, squared=False)


def squared(rng: Rng, strokes: Strokes) -> Image.Image:
    """Squared paper."""
    return _rules(Sheet(rng, strokes), rng, squared=True)


def equally_bright(rng: Rng, strokes: Strokes) -> Image.Image:
    """Ink and paper of two colours with the same brightness (ITU-R BT.601)."""
    mask = np.asarray(plain(rng, strokes).convert("L"), float)
    border = mask[0, 0]
    share = np.abs(mask - border) / max(np.abs(mask - border).max(), 1)
    weights = np.array([0.299, 0.587, 0.114])
    while True:
        ink, paper = rng.integers(0, 256, (2, 3)).astype(float)
        ink += (paper - ink) @ weights  # the same brightness
        if ink.min() >= 0 and ink.max() <= 255 and np.abs(ink - paper).max() > 110:
            break
    colours = paper + share[..., None] * (ink - paper)
    return Image.fromarray(colours.round().astype(np.uint8))


KINDS: dict[str, Callable[[Rng, Strokes], Image.Image]] = {
    function.__name__: function
    for function in (
        plain,
        frame,
        added_frame,
        pad_with_frame,
        open_frame,
        table_lines,
        scan_edge,
        cell_on_letter,
        ruled,
        squared,
        equally_bright,
    )
}


def spoiled(rng: Rng, image: Image.Image) -> Image.Image:
    """The picture with or without a small rotation, a new size, noise and JPEG's losses."""
    if rng.random() < 0.25:
        paper = image.getpixel((0, 0))
        image = image.rotate(rng.uniform(-2, 2), Image.Resampling.BICUBIC, fillcolor=paper)
    if rng.random() < 0.3:
        scale = rng.uniform(0.8, 2.5)
        image = image.resize([int(side * scale) for side in image.size], Image.Resampling.BICUBIC)
    if rng.random() < 0.3:
        tones = np.asarray(image, float) + rng.normal(0, rng.uniform(1, 8), (*image.size[::-1], 1))
        image = Image.fromarray(tones.clip(0, 255).astype(np.uint8))
    if rng.random() < 0.3:
        packed = io.BytesIO()
        image.save(packed, "JPEG", quality=int(rng.integers(60, 95)), subsampling=int(rng.integers(0, 3)))
        image = Image.open(packed).convert("RGB")
    return image


def pictures(kind: str, drawings: Drawings, count: int, seed: int = 0) -> Iterator[tuple[str, Image.Image]]:
    """Labels and pictures of one kind, of drawings taken by chance."""
    for number in range(count):
        rng = np.random.default_rng([seed, number, *kind.encode()])
        label, strokes = drawings[int(rng.integers(len(drawings)))]
        yield label, spoiled(rng, KINDS[kind](rng, strokes))
