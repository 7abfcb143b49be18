"""Applying a JSON Patch (RFC 6902) to what was sent: a request, or a rota's definition."""

from collections.abc import Sequence
from typing import Any

import jsonpatch

from scheduler.intake.validation_errors import InvalidRequest, fault


def patched(document: Any, patch: Sequence[dict[str, Any]]) -> Any:
    """A document after a patch; the one that was given stays as it is.

    Raises:
        InvalidRequest: the patch cannot be applied.
    """
    try:
        return jsonpatch.JsonPatch(list(patch)).apply(document)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, KeyError):
        said = "cannot be applied. Maybe a path leads nowhere, or a test fails?"
        raise InvalidRequest([fault(("patch",), said)]) from None
