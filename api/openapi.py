"""Writes openapi.json, the committed description of the service: `python -m api.openapi`."""

import json
from pathlib import Path

from api.app import create_app

PLACE = Path(__file__).parent.parent / "openapi.json"


def document() -> str:
    """The OpenAPI document as it is committed."""
    return json.dumps(create_app().openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PLACE.write_text(document())
