"""Webhooks, put together."""

import ssl
from dataclasses import dataclass

from rma.links import Links
from rma.model.errors import ConfigurationError
from rma.model.hooks import HookSender
from rma.service.bell import Bell
from rma.service.hooks import HookDesk, HookSecrets
from rma.service.ports import Clock, Transactions
from rma.service.telling import HookTeller
from rma.settings import Settings
from rma.webhooks.http import HttpHookSender


@dataclass(frozen=True)
class Hooks:
    desk: HookDesk
    teller: HookTeller
    sender: HookSender


def open_hooks(settings: Settings, work: Transactions, clock: Clock, links: Links, bell: Bell) -> Hooks:
    """Raises ConfigurationError for certificates that cannot be read."""
    try:
        sender = HttpHookSender(settings.hooks_allow, settings.hooks_ca)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"RETOUR_HOOKS_CA: {settings.hooks_ca} is no readable file of certificates") from error
    hidden = HookSecrets(settings.secret_key.get_secret_value())
    return Hooks(
        HookDesk(work, clock, sender, hidden, insecure=bool(settings.hooks_allow)),
        HookTeller(work, clock, sender, hidden, links, bell),
        sender,
    )
