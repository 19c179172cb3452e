"""What every client of somebody else's HTTP asks of an answer that did not come, or came with "later"."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isnan

import requests
import urllib3.exceptions

LONGEST_PAUSE = 3600.0


def never_left(error: Exception) -> bool:
    """Whether the connection was not even made. A certificate that is not trusted ends it before the request, too."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    untrusted = isinstance(reason, urllib3.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(reason)
    return untrusted or isinstance(reason, urllib3.exceptions.NewConnectionError)


def retry_after(given: str | None, longest: float = LONGEST_PAUSE) -> float | None:
    """Seconds of a Retry-After header, 0 to `longest`, from either form (RFC 9110, 10.2.3); None for anything else."""
    text = (given or "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
        seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    return None if isnan(seconds) else min(max(seconds, 0.0), longest)
