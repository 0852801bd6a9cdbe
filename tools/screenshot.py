"""Draws a letter on the page in Chromium and saves the picture that the README shows.

python tools/screenshot.py                                      # docs/page.png
python tools/screenshot.py --out dark.png --dark --width 390    # another look at it
"""

from __future__ import annotations

import argparse
import math
import shutil
import sys
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

from lenet.recognizer import SHIPPED
from lenet.server import make_server

ROOT = Path(__file__).resolve().parent.parent


def letter_g() -> list[tuple[float, float]]:
    """A G in one stroke, in shares of the pad."""
    turns = [0.1 + 0.8 * k / 40 for k in range(41)]
    bow = [
        (0.5 + 0.23 * math.cos(math.tau * t), 0.5 - 0.32 * math.sin(math.tau * t)) for t in turns
    ]
    bar = [(0.73 - 0.02 * k, 0.55) for k in range(11)]
    return [*bow, (0.73, 0.62), *bar]


def take(out: Path, width: int, height: int, dark: bool) -> None:
    """Serves the page, draws, waits for the answer, saves."""
    browser_path = shutil.which("chromium")
    if browser_path is None:
        raise SystemExit("screenshot: Chromium is missing; install it")
    with make_server(SHIPPED) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            device_scale_factor=2,
        )
        page.goto(server.url)
        page.locator("html[data-state=ready]").wait_for(state="attached")
        box = page.locator("#pad").bounding_box()
        assert box is not None
        for k, (x, y) in enumerate(letter_g()):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            if k == 0:
                page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(400)
        page.screenshot(path=out)
        browser.close()
        server.shutdown()


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "page.png", metavar="PNG")
    parser.add_argument("--width", type=int, default=1120, help="CSS pixels (default 1120)")
    parser.add_argument("--height", type=int, default=760, help="CSS pixels (default 760)")
    parser.add_argument("--dark", action="store_true", help="the dark theme")
    options = parser.parse_args()
    take(options.out, options.width, options.height, options.dark)
    print(f"wrote {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
