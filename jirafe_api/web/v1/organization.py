"""Organizations, which own sites: version 1 names them, and nothing is known of them but that."""

from jirafe_api.credentials import SITE


def problems(org: str) -> dict[str, str]:
    """What is wrong with an organization's name: a message at the path `org`; {} when valid."""
    if SITE.fullmatch(org):
        return {}
    return {"org": f"{org!r} is not 1 to 64 letters, digits, dashes and underscores"}
