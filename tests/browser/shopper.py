"""A shopper in the page: answers whatever is asked, by what the widget says it expects and never by its wording."""

from io import BytesIO

from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

# What this shopper answers when it may choose; anything else asked gets the first choice offered.
WISHES = {
    "reason": "size_too_small",
    "condition": "unopened",
    "resolution": "refund",
    "method": "label",
    "confirm": "yes",
}
MOST_TURNS = 20


def photo(width: int = 2600, height: int = 1950) -> FilePayload:
    """A picture larger than the widget sends, as Playwright's `set_input_files` takes it."""
    content = BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(content, "JPEG")
    return {"name": "parcel.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


class Shopper:
    """Drives the widget of `page` for one demo order (`number`, `email`)."""

    def __init__(self, page: Page, order: dict[str, str]) -> None:
        self.page = page
        self.order = order
        self.panel = page.locator("[data-panel]")
        self.log = page.locator("[data-log]")
        self.input = page.locator("[data-input]")
        self.label = page.locator("[data-attachment=label]")

    def visit(self, url: str) -> None:
        self.page.goto(url)
        self.page.locator("[data-launcher]").click()
        self.settled()

    def settled(self) -> None:
        """The assistant has said something and nothing is under way."""
        expect(self.log.locator("[data-from=bot]").first).to_be_visible()
        expect(self.log.locator("[data-state]")).to_have_count(0)
        expect(self.page.locator("[data-typing] .dot")).to_have_count(0)

    def own(self) -> Locator:
        return self.log.locator("[data-from=shopper]")

    def choices(self) -> Locator:
        return self.log.locator("[data-choices]:not([data-inert])")

    def expects(self) -> tuple[str, str]:
        """Slot and kind of what the assistant waits for; empty when nothing."""
        return self.panel.get_attribute("data-expects") or "", self.panel.get_attribute("data-expects-kind") or ""

    def say(self, text: str) -> None:
        before = self.own().count()
        self.input.fill(text)
        self.input.press("Enter")
        expect(self.own()).to_have_count(before + 1)
        self.settled()

    def answer(self, by_keyboard: bool = False) -> None:
        """One answer to the question that is open."""
        slot, kind = self.expects()
        before = self.own().count()
        if slot == "order_number":
            self.say(self.order["number"])
            return
        if slot == "contact":
            self.say(self.order["email"])
            return
        if kind == "photo":
            self.page.locator("[data-file]").set_input_files(photo())
            expect(self.page.locator("[data-preview]")).to_be_visible()
            self.page.locator("[data-send]").click()
        elif kind == "choices":
            self._press(self.choices().locator("input").first, by_keyboard, "Space")
            self._press(self.choices().locator("[data-confirm]"), by_keyboard)
        elif self.choices().count():
            offered = self.choices().locator("[data-value]")
            wished = self.choices().locator(f"[data-value='{WISHES.get(slot, '')}']")
            self._press(wished if wished.count() else offered.first, by_keyboard)
        else:
            self.say("1" if slot == "quantity" else f"I want to return something from order {self.order['number']}")
            return
        expect(self.own()).to_have_count(before + 1)
        self.settled()

    def return_something(self, by_keyboard: bool = False) -> None:
        """To the label, however many questions it takes."""
        for _ in range(MOST_TURNS):
            if self.label.count():
                return
            self.answer(by_keyboard)
        raise AssertionError(f"no label after {MOST_TURNS} answers; still asked: {self.expects()}")

    def tab_to(self, target: Locator, most: int = 200) -> None:
        """Backwards: what is new stands just before the input."""
        for _ in range(most):
            if target.evaluate("node => node === node.getRootNode().activeElement"):
                return
            self.page.keyboard.press("Shift+Tab")
        raise AssertionError("the Tab key never gets there")

    def _press(self, target: Locator, by_keyboard: bool, key: str = "Enter") -> None:
        if by_keyboard:
            self.tab_to(target)
            self.page.keyboard.press(key)
        elif key == "Space":
            target.locator("xpath=..").click()
        else:
            target.click()
