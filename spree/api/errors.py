"""What goes wrong when a shop is read. No text holds a URL's query, a credential or a person."""


class ShopError(Exception):
    """The shop cannot be read, and asking again as before will not change that."""


class CredentialError(ShopError):
    """The shop refuses the credential, or it may not read this."""


class ShopUnavailableError(ShopError):
    """The shop did not answer, or not now; `retry_after` is in seconds, None if unknown."""

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after
