"""Take the pictures in this folder of the dashboard that `make demo` serves."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
URL = f"http://127.0.0.1:{os.environ.get('PORT', '5000')}/dashboard"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def main() -> None:
    """Take the overview by day and by night."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 1280, "height": 840}, color_scheme=scheme)
            page.goto(URL)
            page.screenshot(path=HERE / f"overview-{scheme}.png")
        browser.close()


if __name__ == "__main__":
    main()
