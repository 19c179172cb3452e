"""Debian's Chromium for the tests of the page. `live` (the running gateway) comes from tests/conftest.py."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A machine with other work on it is slow, not wrong.
expect.set_options(timeout=20_000)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium; RETOUR_CHROMIUM names another one than the machine's own."""
    path = os.environ.get("RETOUR_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.skip("no Chromium here: install it with `apt-get install chromium`, or name one in RETOUR_CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def browser(live: Any) -> Iterator[Browser]:
    """One Chromium for a file of tests.

    Playwright's synchronous API keeps an event loop running in this thread: it must start after `live` and be gone
    before the asynchronous tests of other folders, so this is not a fixture of the session.
    """
    with chromium() as started:
        yield started


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A shopper's browser with nothing in it. Indirect parameters go to `Browser.new_context`."""
    options: dict[str, Any] = {
        "viewport": {"width": 1280, "height": 800},
        "locale": "en-GB",
        **getattr(request, "param", {}),
    }
    made = browser.new_context(**options)
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
