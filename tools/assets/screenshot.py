"""Draws on the page in Chromium and saves the pictures that the documents show.

python tools/assets/screenshot.py                      # page*.png, view-*.png and word.png of docs/images/
python tools/assets/screenshot.py --out look.png --view word --dark --width 390    # another look
"""

from __future__ import annotations

import argparse
import io
import math
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

from lenet.models import DEFAULT_MODEL
from lenet.server.app import page_app
from lenet.server.config import ServerConfig
from lenet.server.run import start

DOCS = Path(__file__).resolve().parents[2] / "docs" / "images"
SIZE = (1120, 760)  # CSS pixels
GAP = 24  # pixels between the pictures of a sheet

Stroke = list[tuple[float, float]]  # in shares of the pad's height

# A hand's letters: corners that are rounded off; L E N E T of a word, its left end at 0.
WORD: list[list[Stroke]] = [
    [[(0.02, 0.22), (0.0, 0.5), (0.01, 0.79), (0.2, 0.78), (0.3, 0.76)]],
    [
        [(0.03, 0.24), (0.01, 0.5), (0.02, 0.78)],
        [(0.02, 0.25), (0.15, 0.23), (0.29, 0.24)],
        [(0.03, 0.5), (0.14, 0.49), (0.24, 0.48)],
        [(0.02, 0.78), (0.16, 0.78), (0.3, 0.75)],
    ],
    [[(0.0, 0.8), (0.02, 0.5), (0.03, 0.23), (0.16, 0.5), (0.31, 0.78), (0.32, 0.5), (0.34, 0.22)]],
    [
        [(0.02, 0.23), (0.02, 0.5), (0.0, 0.79)],
        [(0.03, 0.23), (0.15, 0.22), (0.3, 0.21)],
        [(0.02, 0.51), (0.13, 0.5), (0.25, 0.5)],
        [(0.01, 0.79), (0.14, 0.78), (0.29, 0.78)],
    ],
    [
        [(0.0, 0.25), (0.17, 0.23), (0.36, 0.22)],
        [(0.19, 0.23), (0.17, 0.5), (0.18, 0.8)],
    ],
]
STEP = 0.54  # from a letter of the word to the next


def letter_g() -> Stroke:
    """A G in one stroke."""
    turns = [0.1 + 0.8 * k / 40 for k in range(41)]
    bow = [(0.5 + 0.23 * math.cos(math.tau * t), 0.5 - 0.32 * math.sin(math.tau * t)) for t in turns]
    bar = [(0.73 - 0.02 * k, 0.55) for k in range(11)]
    return [*bow, (0.73, 0.62), *bar]


def rounded(corners: Stroke) -> Stroke:
    """The stroke with its corners cut three times, and so as a hand would draw it."""
    for _ in range(3):
        inner = [
            ((1 - t) * x + t * u, (1 - t) * y + t * v)
            for (x, y), (u, v) in pairwise(corners)
            for t in (0.25, 0.75)
        ]
        corners = [corners[0], *inner, corners[-1]]
    return corners


def draw(page: Page, strokes: Iterable[Stroke]) -> None:
    """Draw on the pad with the mouse."""
    pad = page.locator("#pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    for first, *rest in strokes:
        for k, (x, y) in enumerate([first, *rest]):
            page.mouse.move(box["x"] + x * box["height"], box["y"] + y * box["height"])
            if k == 0:
                page.mouse.down()
        page.mouse.up()


def write(page: Page) -> Iterator[int]:
    """Draw LENET on the wide pad, as large as it allows; stop after each letter."""
    box = page.locator("#pad").bounding_box()
    assert box is not None
    aspect = box["width"] / box["height"]
    scale = min(1.0, aspect / (STEP * len(WORD) + 0.1))
    left = (aspect - scale * (STEP * (len(WORD) - 1) + 0.36)) / 2
    for k, strokes in enumerate(WORD):
        draw(
            page,
            [
                [(left + scale * (k * STEP + x), 0.5 + scale * (y - 0.5)) for x, y in rounded(s)]
                for s in strokes
            ],
        )
        yield k


@contextmanager
def opened(
    browser: Browser, url: str, view: str, size: tuple[int, int], dark: bool, density: float = 2
) -> Iterator[Page]:
    """The page at a view, with nothing drawn."""
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        device_scale_factor=density,
    )
    page.goto(f"{url}#view={view}")
    page.locator("html[data-state=ready]").wait_for(state="attached")
    page.locator("#view > *").first.wait_for(state="attached")
    yield page
    page.close()


def photo() -> bytes:
    """LENET on paper that lies aslant in a shadow, as a PNG."""
    paper = Image.linear_gradient("L").rotate(90).resize((900, 360)).point(lambda v: 150 + v // 3)
    pen = ImageDraw.Draw(paper)
    for k, strokes in enumerate(WORD):
        for stroke in strokes:
            at = [(110 + 260 * (k * STEP + x), 40 + 280 * y) for x, y in rounded(stroke)]
            pen.line(at, fill=50, width=9, joint="curve")
    file = io.BytesIO()
    paper.rotate(3, fillcolor=190, resample=Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


def bring_picture(page: Page) -> None:
    """A photo is read."""
    file = FilePayload(name="photo.png", mimeType="image/png", buffer=photo())
    page.locator("#picture-file").set_input_files(file)


def draw_g(page: Page) -> None:
    """A letter is drawn."""
    draw(page, [letter_g()])


def look_inside(page: Page) -> None:
    """A unit's arithmetic is shown."""
    draw_g(page)
    page.evaluate("location.hash = 'view=inside&unit=conv1.3.12.9'")


def teach(page: Page) -> None:
    """Letters of a hand that writes its N and L mirrored are kept and learned."""
    for round_ in range(3):
        for name, strokes, width in (("L", WORD[0], 0.3), ("N", WORD[2], 0.34), ("T", WORD[4], 0)):
            shift = 0.33 + 0.02 * round_
            mirrored = [[(width - x if width else x, y) for x, y in rounded(s)] for s in strokes]
            draw(page, [[(shift + x, y) for x, y in stroke] for stroke in mirrored])
            page.get_by_role("button", name=f"It is {name}", exact=True).click()
            page.locator("#taught").get_by_text(f"Stored as {name}").wait_for()
    page.get_by_role("button", name="Learn", exact=True).click()
    page.locator("#personalized tbody tr").nth(1).wait_for(timeout=60_000)


def train(page: Page) -> None:
    """A network has been learning for some time."""
    page.get_by_role("button", name="Start").click()
    page.wait_for_timeout(12_000)


def explore(page: Page) -> None:
    """Letters of fonts are read, and those are shown that are taken for others."""
    draw_g(page)
    page.get_by_role("button", name="Letters of handwriting fonts").click()
    page.locator(".matrix table").wait_for()
    page.evaluate("location.hash = 'view=mistakes&cell=LI'")


AT_WORK: dict[str, Callable[[Page], object]] = {
    "word": lambda page: list(write(page)),
    "picture": bring_picture,
    "inside": look_inside,
    "teach": teach,
    "train": train,
    "mistakes": explore,
}


def at_work(page: Page, view: str) -> None:
    """Draws, or does what else suits the view."""
    AT_WORK.get(view, draw_g)(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)  # bars and charts come to rest


def sheet(pictures: list[bytes], columns: int, path: Path) -> None:
    """Pictures of one size in rows."""
    images = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
    width, height = images[0].width, max(image.height for image in images)
    rows = -(-len(images) // columns)
    size = (columns * (width + GAP) + GAP, rows * (height + GAP) + GAP)
    whole = Image.new("RGB", size, "#8c8f96")
    for k, image in enumerate(images):
        place = (GAP + k % columns * (width + GAP), GAP + k // columns * (height + GAP))
        whole.paste(image, place)
    whole.quantize(128).save(path, optimize=True)
    print(f"wrote {path}")


def look(browser: Browser, url: str, view: str, dark: bool) -> bytes:
    """A view at work, from its top to its end."""
    with opened(browser, url, view, (1120, 900), dark, density=1) as page:
        at_work(page, view)
        return page.screenshot(full_page=True)


def take_all(browser: Browser, url: str) -> None:
    """The pictures of the documents."""
    for name, dark in (("page.png", False), ("page-dark.png", True)):
        with opened(browser, url, "draw", SIZE, dark) as page:
            at_work(page, "draw")
            page.screenshot(path=DOCS / name)
            print(f"wrote {DOCS / name}")
            views = page.locator("#views a").evaluate_all(
                "links => links.map((a) => new URLSearchParams(a.hash.slice(1)).get('view'))"
            )
    for view in filter(None, views):
        if view != "draw":
            looks = [look(browser, url, view, dark) for dark in (False, True)]
            sheet(looks, 2, DOCS / f"view-{view}.png")
    pictures = []
    with opened(browser, url, "word", (1040, 880), False, density=1) as page:
        pictures.append(page.screenshot())
        for _ in write(page):
            page.wait_for_timeout(300)
            pictures.append(page.screenshot())
    sheet(pictures, 2, DOCS / "word.png")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, metavar="PNG", help="one look instead of all")
    parser.add_argument("--view", default="draw", help="as the address names it (default draw)")
    parser.add_argument("--width", type=int, default=SIZE[0], help=f"(default {SIZE[0]})")
    parser.add_argument("--height", type=int, default=SIZE[1], help=f"(default {SIZE[1]})")
    parser.add_argument("--dark", action="store_true", help="the dark theme")
    options = parser.parse_args()
    browser_path = shutil.which("chromium")
    if browser_path is None:
        raise SystemExit("screenshot: Chromium is missing; install it")
    config = ServerConfig(model=DEFAULT_MODEL)
    with start(config, page_app(config)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        if options.out is None:
            take_all(browser, server.url)
        else:
            size = (options.width, options.height)
            with opened(browser, server.url, options.view, size, options.dark) as page:
                at_work(page, options.view)
                page.screenshot(path=options.out)
            print(f"wrote {options.out}")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
