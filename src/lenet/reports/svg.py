"""SVG as values: shapes that the template `macros.html.j2` writes.

Shapes have class names instead of colours, so that a chart follows the page's theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

WIDTH, HEIGHT = 340, 220  # units; 340 fit a narrow phone, so that text stays legible

Point = tuple[float, float]


@dataclass(frozen=True)
class Text:
    """Text at a baseline point."""

    tag: ClassVar[str] = "text"
    x: float
    y: float
    text: str
    css: str = ""


@dataclass(frozen=True)
class Line:
    """A straight line."""

    tag: ClassVar[str] = "line"
    start: Point
    end: Point
    css: str


@dataclass(frozen=True)
class Rect:
    """A rectangle with a tooltip; `opacity` 0..1 of its fill, None: as the style sheet says."""

    tag: ClassVar[str] = "rect"
    corner: Point
    width: float
    height: float
    css: str
    tip: str = ""
    opacity: float | None = None


@dataclass(frozen=True)
class Polyline:
    """Connected points with a tooltip."""

    tag: ClassVar[str] = "polyline"
    points: Sequence[Point]
    css: str
    tip: str = ""


@dataclass(frozen=True)
class Circle:
    """A filled circle."""

    tag: ClassVar[str] = "circle"
    centre: Point
    radius: float
    css: str


Shape = Text | Line | Rect | Polyline | Circle


@dataclass(frozen=True)
class Chart:
    """A drawing: its title for screen readers, its shapes and its size in units."""

    title: str
    shapes: Sequence[Shape]
    height: float = HEIGHT
    width: float = WIDTH
