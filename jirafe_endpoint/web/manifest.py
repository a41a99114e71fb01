"""The manifest: what the hub shows a merchant about the services and their parameters."""

from typing import Any

from jirafe_endpoint.messages.envelopes import MESSAGES
from jirafe_endpoint.messages.parameters import PARAMETERS
from jirafe_endpoint.messages.services import SERVICES, HubService

ICON = "icon.svg"


def manifest() -> dict[str, Any]:
    """Return the content of `endpoint.json`, in the hub's format."""
    return {
        "name": "jirafe",
        "display": "Jirafe",
        "description": "Sends carts, orders, categories, products and customers to Jirafe.",
        "icon_url": ICON,
        "services": [_entry(name, service) for name, service in SERVICES.items()],
    }


def _entry(name: str, service: HubService) -> dict[str, Any]:
    by_message = service.dialect is MESSAGES
    return {
        "name": name,
        "path": f"/{name}",
        "description": service.description,
        "requires": {"parameters": _parameters(service)},
        "recommends": {
            # The hub calls a webhook by its path, not by message type.
            "messages": list(service.types) if by_message else [],
            "identifiers": _identifiers(service) if by_message else {},
            "filters": [],
            "options": {"retries_allowed": True},
        },
    }


def _parameters(service: HubService) -> list[dict[str, Any]]:
    """Return the service's parameters; the hub adds the prefix `jirafe.` to the names itself."""
    prefix = "" if service.dialect is MESSAGES else service.dialect.prefix
    subjects = service.subjects
    return [
        {
            "name": f"{prefix}{one.name}",
            "description": one.description,
            "data_type": "string",
            **({"allowed": f"^{one.allowed}$"} if one.allowed else {}),
            **({} if subjects & set(one.required_by) else {"optional": True}),
        }
        for one in PARAMETERS
        if subjects & {*one.required_by, *one.used_by}
    ]


def _identifiers(service: HubService) -> dict[str, str]:
    """Return the paths that identify repeats, which the hub then does not send.

    Only carts and orders are always at the same path. Messages without a value there would all
    look like repeats. The date tells an update from the message before it.
    """
    (subject, *others) = service.subjects
    if others or subject not in ("cart", "order"):
        return {}
    return {
        "message": "message",
        f"{subject}_number": f"payload.{subject}.number",
        f"{subject}_updated_at": f"payload.{subject}.updated_at",
    }
