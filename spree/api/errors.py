"""Errors of reading a shop. Their texts contain no URL query, credential or personal data."""


class ShopError(Exception):
    """The shop cannot be read, and a retry will not change that."""


class CredentialError(ShopError):
    """The shop refuses the credential, or the credential does not allow this."""


class ShopUnavailableError(ShopError):
    """The shop does not answer now; `retry_after` is in seconds, or None if unknown."""

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after
