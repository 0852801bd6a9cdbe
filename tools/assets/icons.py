"""Renders the page's icon, web/public/icon.svg, as the PNG files that its manifest names.

python tools/assets/icons.py
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ICONS = Path(__file__).resolve().parents[2] / "web" / "public"
SAFE = 0.72  # what of a maskable icon's side the drawing takes: systems cut a circle of 0.8
FILES = {"icon-192.png": (192, 1.0), "icon-512.png": (512, 1.0), "icon-maskable.png": (512, SAFE)}

PAGE = """<!doctype html>
<style>
  body {{ display: grid; height: 100vh; margin: 0; place-items: center; background: {paper}; }}
  svg {{ width: {share:.0%}; }}
</style>
{svg}"""


def main() -> int:
    """Command line."""
    browser_path = shutil.which("chromium")
    if browser_path is None:
        raise SystemExit("icons: Chromium is missing; install it")
    svg = (ICONS / "icon.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for name, (side, share) in FILES.items():
            page = browser.new_page(viewport={"width": side, "height": side})
            paper = "transparent" if share == 1 else "#1d2b4f"  # the icon's own
            page.set_content(PAGE.format(paper=paper, share=share, svg=svg))
            page.screenshot(path=ICONS / name, omit_background=share == 1)
            print(f"wrote {ICONS / name}")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
