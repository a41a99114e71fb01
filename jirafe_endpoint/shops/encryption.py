"""Encryption of what is stored of a shop: credentials, webhook secrets and a token."""

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SecretKeyError(Exception):
    """SECRET_KEY is missing, or not the one that something was encrypted with."""


class Vault:
    """Encrypts with the first key and decrypts with any, so that a key can be replaced."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([_fernet(key) for key in keys]) if keys else None

    def encrypt(self, value: Any) -> str:
        """Return a JSON value as encrypted text. Raise SecretKeyError without a key."""
        return self._opened().encrypt(orjson.dumps(value)).decode()

    def decrypt(self, text: str) -> Any:
        """Return the value of an encrypted text. Raise SecretKeyError without the right key."""
        try:
            return orjson.loads(self._opened().decrypt(text))
        except InvalidToken:
            raise SecretKeyError(
                "SECRET_KEY is not the one that the shop was connected with."
            ) from None

    def _opened(self) -> MultiFernet:
        if self._fernet is None:
            raise SecretKeyError(
                "SECRET_KEY is not set, so a shop's credentials cannot be stored. Set it, for "
                "example to the output of `openssl rand -hex 32`."
            )
        return self._fernet


def _fernet(key: str) -> Fernet:
    # A plain hash is enough: in production the key is random, and not a password.
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))
