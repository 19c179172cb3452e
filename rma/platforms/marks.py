"""How what we write on a platform is found again: a mark with the key in its note. What has none was done by somebody else."""

import re
from uuid import UUID, uuid5

_SPACE = UUID("6a0f1c7e-6f0b-4c7e-9d5e-2f6a3f0d8b51")
_MARK = re.compile(r"\[retour:([^\]\s]+)\]")


def marked(note: str, key: str) -> str:
    """The note, with the mark of its key."""
    return f"{note.strip()} [retour:{key}]".strip()


def key_of(note: str | None) -> str | None:
    """The key in a note of ours; None in anybody else's."""
    found = _MARK.search(note or "")
    return found[1] if found else None


def unique(kind: str, key: str) -> str:
    """The same UUID for the same key: what platforms take for one."""
    return str(uuid5(_SPACE, f"{kind}:{key}"))


def tag(key: str) -> str:
    """A tag of at most 40 characters, as Shopify allows."""
    return f"retour:{uuid5(_SPACE, f'tag:{key}').hex}"
