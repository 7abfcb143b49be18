"""`python -m api.openapi` writes openapi.json, the committed description of the service."""

from api.openapi.committed import PLACE, document

PLACE.write_text(document())
