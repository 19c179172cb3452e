"""Messages as clients see them (contract section 5). Addresses of labels and photos are signed here, each time anew."""

from collections.abc import Sequence
from typing import Any

from gateway.tokens import Tokens
from rma.links import Links
from rma.model.conversations import Attachment, Conversation, Message

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
WITHDRAWAL = "withdrawal"
IN_THE_TEXT = (WITHDRAWAL, "customs")


class Wire:
    def __init__(self, tokens: Tokens, links: Links) -> None:
        self._tokens = tokens
        self.links = links

    def answer(self, conversation: Conversation, messages: Sequence[Message]) -> dict[str, Any]:
        return {
            "messages": [self.message(message) for message in messages],
            "expects": conversation.expects.model_dump(exclude={"accepts"}) if conversation.expects else None,
            "owner": conversation.owner.value,
        }

    def message(self, message: Message) -> dict[str, Any]:
        return {
            "id": message.id,
            "from": message.sender.value,
            "text": self._text(message),
            "choices": [{"label": option.label, "value": option.value} for option in message.choices],
            "attachments": [self._attachment(item) for item in message.attachments if item.kind not in IN_THE_TEXT],
            "at": message.at.isoformat(),
        }

    def _text(self, message: Message) -> str:
        """With the address of an acknowledgement or of customs papers in it: clients know labels, codes and photos,
        and show any text."""
        papers = [self.links.url(item.kind, item.ref) for item in message.attachments if item.kind in IN_THE_TEXT]
        return "\n".join([message.text, *papers])

    def _attachment(self, attachment: Attachment) -> dict[str, str]:
        match attachment.kind:
            case "label":
                url, mime = self.links.url("label", attachment.ref), PDF
            case "qr":
                url, mime = self.links.url("qr", attachment.ref), PNG
            case "photo":
                url, mime = f"{self.links.address}/photos/{self._tokens.photo(int(attachment.ref))}.jpg", JPEG
            case kind:
                raise ValueError(f"no address is known for an attachment of kind {kind}")
        return {"kind": attachment.kind, "url": url, "mime": mime}
