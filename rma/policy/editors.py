"""The JSON Schema of the policy file, for editors that complete and check YAML: docs/policy.schema.json."""

import json
from pathlib import Path
from typing import Any

from rma.policy.schema import PolicyFile

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "policy.schema.json"


def json_schema() -> dict[str, Any]:
    """The schema of a policy file, JSON Schema 2020-12. Looser than the loader, which also knows the law."""
    schema = PolicyFile.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Return policy of a shop"}


def written_schema() -> str:
    return json.dumps(json_schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Writes the schema to `path`: `python -m rma.policy.editors` after a change of rma.policy.schema."""
    path.write_text(written_schema(), encoding="utf-8")


if __name__ == "__main__":
    write_schema()
