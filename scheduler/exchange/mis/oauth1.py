"""Calls signed by OAuth 1.0a (RFC 5849) with client credentials alone, as in OneRoster 1.1."""

import hashlib
import hmac
import secrets
import time
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlsplit

USUAL_PORTS = {"https": 443, "http": 80}


def authorization(method: str, url: str, client: str, secret: str) -> str:
    """The Authorization header of one call, with a nonce and a timestamp of its own."""
    said = {
        "oauth_consumer_key": client,
        "oauth_nonce": secrets.token_hex(16),
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(time.time())),
        "oauth_version": "1.0",
    }
    said["oauth_signature"] = signature(method, url, said, f"{_escaped(secret)}&")
    return "OAuth " + ", ".join(f'{name}="{_escaped(value)}"' for name, value in said.items())


def signature(
    method: str, url: str, said: Mapping[str, str], key: str, digest: str = "sha256"
) -> str:
    """The signature of a call without a body.

    Args:
        method: GET or another.
        url: with its query.
        said: the protocol parameters.
        key: the client's secret and the token's, each escaped, with & between them.
        digest: the name of the hash.
    """
    parts = urlsplit(url)
    port = "" if parts.port in (None, USUAL_PORTS.get(parts.scheme)) else f":{parts.port}"
    place = f"{parts.scheme}://{(parts.hostname or '').lower()}{port}{parts.path or '/'}"
    query = parse_qsl(parts.query, keep_blank_values=True)
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in [*query, *said.items()])
    listed = "&".join(f"{name}={value}" for name, value in pairs)
    signed = "&".join(map(_escaped, (method.upper(), place, listed)))
    return b64encode(hmac.digest(key.encode(), signed.encode(), getattr(hashlib, digest))).decode()


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")
