"""Agents and shoppers at their browsers, and what they do."""

import re
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.desk_server import PASSWORD

LAPTOP = {"width": 1280, "height": 800}


class People:
    """Browsers of agents and shoppers. What a browser complains about, and every dialog that opens, is kept in `complaints`."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.complaints: list[str] = []
        self._contexts: list[BrowserContext] = []

    def page(self, **options: Any) -> Page:
        context = self.browser.new_context(**{"viewport": LAPTOP, "locale": "en-GB", "reduced_motion": "reduce"} | options)
        context.set_default_timeout(20_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        return page

    def agent(self, login: str, path: str = "/console", **options: Any) -> Page:
        page = self.page(**options)
        page.goto(f"{self.url}{path}")
        page.locator("#login").fill(login)
        page.locator("#password").fill(PASSWORD)
        page.locator("#password").press("Enter")
        page.wait_for_url(re.compile(re.escape(path.split("?")[0]) + "([?]|$)"))
        expect(page.locator("body[data-live]")).to_be_visible()
        return page

    def shopper(self) -> Page:
        page = self.page()
        page.goto(f"{self.url}/?lang=en")
        page.locator("[data-launcher]").click()
        expect(page.locator("[data-log] [data-from=bot]").first).to_be_visible()
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def says(shopper: Page, text: str) -> None:
    shopper.locator("[data-input]").fill(text)
    shopper.locator("[data-input]").press("Enter")
    expect(shopper.locator("[data-log] [data-from=shopper]").last.locator(".text")).to_have_text(text)
    expect(shopper.locator("[data-log] [data-state]")).to_have_count(0)


def read(agent: Page, words: str) -> None:
    """Opens the conversation with these words from the queue."""
    agent.locator("#rows .row").filter(has_text=words).click()
    agent.wait_for_url(re.compile("/console/c/"))
    expect(agent.locator("body[data-live]")).to_be_visible()


def last(page: Page, sender: str) -> Locator:
    return page.locator(f"#thread .message.{sender} .text").last


def notes_typing(*lines: Locator) -> None:
    """From now on each line keeps in data-told what it showed: it shows it for a few seconds only."""
    for line in lines:
        line.evaluate(
            """(node) => new MutationObserver(() => { node.dataset.told = `${node.dataset.told || ''} ${node.textContent}`; })
                .observe(node, { childList: true, characterData: true, subtree: true })"""
        )


def told(line: Locator, text: str) -> None:
    expect(line).to_have_attribute("data-told", re.compile(re.escape(text)))
