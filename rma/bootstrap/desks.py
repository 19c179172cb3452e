"""Where people of the team work."""

from rma.desks.chatwoot import ChatwootAccount, ChatwootDesk
from rma.desks.console import ConsoleDesk
from rma.model.desks import Desk
from rma.model.errors import ConfigurationError
from rma.settings import Settings
from rma.texts import Texts


def open_desk(settings: Settings, texts: Texts) -> Desk:
    """Where people of the team work: Chatwoot where it is configured, else our own console. Raises ConfigurationError for a
    Chatwoot that is half configured."""
    given = {
        "RETOUR_CHATWOOT_URL": settings.chatwoot_url,
        "RETOUR_CHATWOOT_ACCOUNT_ID": settings.chatwoot_account_id,
        "RETOUR_CHATWOOT_INBOX_ID": settings.chatwoot_inbox_id,
        "RETOUR_CHATWOOT_TOKEN": settings.chatwoot_token.get_secret_value(),
        "RETOUR_CHATWOOT_WEBHOOK_SECRET": settings.chatwoot_webhook_secret.get_secret_value(),
    }
    if not any(given.values()):
        return ConsoleDesk()
    if lacking := [name for name, value in given.items() if not value]:
        raise ConfigurationError(f"{', '.join(lacking)}: not set, but Chatwoot needs all of {', '.join(given)}")
    if not settings.chatwoot_url.startswith(("https://", "http://")):
        raise ConfigurationError("RETOUR_CHATWOOT_URL: expected an address such as https://chat.example.com")
    token = settings.chatwoot_token.get_secret_value()
    account = ChatwootAccount(
        settings.chatwoot_url, settings.chatwoot_account_id, settings.chatwoot_inbox_id, token
    )
    return ChatwootDesk(account, texts)
