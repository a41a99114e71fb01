"""Report unexpected errors to Sentry, without any of the data that clients sent."""

from typing import Any

import logs

_SAFE = (
    "event_id",
    "timestamp",
    "platform",
    "level",
    "logger",
    "transaction",
    "release",
    "environment",
    "server_name",
    "sdk",
)
_FRAME_FIELDS = (
    "filename",
    "abs_path",
    "function",
    "module",
    "lineno",
    "in_app",
    "pre_context",
    "context_line",
    "post_context",
)


def report_to(dsn: str, release: str) -> None:
    """Start reporting errors of this process to Sentry."""
    # Imported here so that services without Sentry do not pay for it.
    import sentry_sdk
    from sentry_sdk.integrations.flask import FlaskIntegration

    sentry_sdk.init(
        dsn=dsn,
        release=release,
        integrations=[FlaskIntegration()],
        auto_enabling_integrations=False,
        auto_session_tracking=False,
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        max_breadcrumbs=0,
        trace_propagation_targets=[],  # or requests to Jirafe would carry Sentry's headers
        before_send=_scrubbed,
    )


def _scrubbed(event: Any, _hint: Any) -> Any:
    """Return the event reduced to the fields known to be harmless."""
    safe = {name: event[name] for name in _SAFE if name in event}
    request_id = logs.REQUEST_ID.get()
    if request_id:
        safe["tags"] = {"request_id": request_id}
    if method := event.get("request", {}).get("method"):
        safe["request"] = {"method": method}
    if entry := event.get("logentry"):
        text = entry.get("formatted") or entry.get("message") or ""
        safe["logentry"] = {"formatted": logs.redacted(text)}
    if exception := event.get("exception"):
        safe["exception"] = {"values": [_harmless(one) for one in exception.get("values", ())]}
    return safe


def _harmless(error: Any) -> dict[str, Any]:
    """Return the class and stack trace of an exception, as in a log line."""
    module, name = error.get("module") or "builtins", error.get("type") or ""
    text = error.get("value") or "" if logs.shows_its_text(module, name) else ""
    frames = (error.get("stacktrace") or {}).get("frames", ())
    return {
        "type": name,
        "module": module,
        "value": logs.redacted(text),
        "stacktrace": {
            "frames": [{part: one[part] for part in _FRAME_FIELDS if part in one} for one in frames]
        },
    }
