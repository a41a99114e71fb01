"""Unexpected errors, reported to Sentry without what was sent to us."""

from typing import Any

import logs

_KEPT = (
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
_PLACE = (
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
    """Report errors of this process to Sentry from here on."""
    # Who does not report pays nothing for it.
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
        trace_propagation_targets=[],  # or Jirafe would be sent Sentry's headers
        before_send=_scrubbed,
    )


def _scrubbed(event: Any, _hint: Any) -> Any:
    """Return an event that holds no more than is known to be harmless."""
    kept = {name: event[name] for name in _KEPT if name in event}
    request_id = logs.REQUEST_ID.get()
    if request_id:
        kept["tags"] = {"request_id": request_id}
    if method := event.get("request", {}).get("method"):
        kept["request"] = {"method": method}
    if entry := event.get("logentry"):
        told = entry.get("formatted") or entry.get("message") or ""
        kept["logentry"] = {"formatted": logs.redacted(told)}
    if exception := event.get("exception"):
        kept["exception"] = {"values": [_harmless(one) for one in exception.get("values", ())]}
    return kept


def _harmless(error: Any) -> dict[str, Any]:
    """Return an exception as a log line would tell it: its class and its places in the code."""
    module, name = error.get("module") or "builtins", error.get("type") or ""
    text = error.get("value") or "" if logs.shows_its_text(module, name) else ""
    frames = (error.get("stacktrace") or {}).get("frames", ())
    return {
        "type": name,
        "module": module,
        "value": logs.redacted(text),
        "stacktrace": {
            "frames": [{part: one[part] for part in _PLACE if part in one} for one in frames]
        },
    }
