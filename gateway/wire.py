"""Messages as clients see them (contract section 5). Addresses of labels and photos are signed here, each time anew."""

from collections.abc import Sequence
from typing import Any

from gateway.tokens import Tokens
from rma.model.conversations import Attachment, Conversation, Message

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
WITHDRAWAL = "withdrawal"


class Wire:
    """`address` is where clients reach the gateway, without a slash at the end."""

    def __init__(self, tokens: Tokens, address: str) -> None:
        self._tokens = tokens
        self._address = address

    def label_url(self, number: str) -> str:
        return f"{self._address}/labels/{self._tokens.label(number)}.pdf"

    def withdrawal_url(self, reference: str) -> str:
        """Of the acknowledgement, as PDF."""
        return f"{self._address}/withdraw/{self._tokens.withdrawal(reference)}.pdf"

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
            "attachments": [self._attachment(item) for item in message.attachments if item.kind != WITHDRAWAL],
            "at": message.at.isoformat(),
        }

    def _text(self, message: Message) -> str:
        """With the address of an acknowledgement in it: clients know labels, codes and photos, and show any text."""
        papers = [self.withdrawal_url(item.ref) for item in message.attachments if item.kind == WITHDRAWAL]
        return "\n".join([message.text, *papers])

    def _attachment(self, attachment: Attachment) -> dict[str, str]:
        match attachment.kind:
            case "label":
                url, mime = self.label_url(attachment.ref), PDF
            case "qr":
                url, mime = f"{self._address}/labels/{self._tokens.label(attachment.ref, 'qr')}.png", PNG
            case "photo":
                url, mime = f"{self._address}/photos/{self._tokens.photo(int(attachment.ref))}.jpg", JPEG
            case kind:
                raise ValueError(f"no address is known for an attachment of kind {kind}")
        return {"kind": attachment.kind, "url": url, "mime": mime}
