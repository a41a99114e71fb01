"""The Chromium of the machine."""

import shutil

import pytest

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium():
    """Return the path of the system's Chromium, or None to use Playwright's own."""
    return next(filter(None, map(shutil.which, CHROMIUMS)), None)


@pytest.fixture(scope="module")
def browser():
    """Launch Chromium, or skip the test if there is none."""
    from playwright.sync_api import Error, sync_playwright  # most test runs need none of it

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        except Error as error:
            pytest.skip(f"There is no Chromium that starts: {error.message.splitlines()[0]}")
        yield browser
        browser.close()
