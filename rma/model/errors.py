"""What can go wrong, in the terms of the business. Messages are for staff and operators; shoppers get texts of data/responses."""


class RetourError(Exception):
    """Base of every expected failure; its message says what to do."""


class NotFound(RetourError):
    """No such order, return or conversation, or it is not this caller's to see."""


class Conflict(RetourError):
    """The state does not allow it, or somebody changed it meanwhile."""


class Stale(Conflict):
    """Somebody else changed it between reading and writing: done again on what is there now, it may well go."""


class Outdated(Conflict):
    """It is not any more what the caller said that it had seen."""


class Refused(RetourError):
    """The values make no sense: an unknown line, more units than were bought."""


class Forbidden(RetourError):
    """The role, or its limit, does not allow it."""


class TooManyAttempts(RetourError):
    """A limit on tries was reached. `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ConfigurationError(RetourError):
    """A setting, a policy file or a folder is not usable; the message names it and how to mend it."""
