"""The source of a visit, as a path from coarse to fine."""

import re
from typing import Any

from analytics.facts.values import label
from analytics.tables import CHANNEL, ID

UNKNOWN = "unknown"
"""The channel of a visit with no recorded start."""

# By the name before the top-level domain, for any subdomain and country.
_SEARCH = re.compile(
    "google|bing|yahoo|duckduckgo|ecosia|baidu|yandex|qwant|startpage|kagi|naver|seznam|ask|aol"
    "|sogou|mojeek|metager"
)
_SOCIAL = re.compile(
    "facebook|instagram|twitter|x|linkedin|lnkd|pinterest|reddit|youtube|youtu|tiktok|snapchat"
    "|tumblr|threads|mastodon|bsky|vk|weibo|whatsapp|telegram|t|xing|discord"
)
_ASSISTANTS = re.compile(
    "chatgpt|openai|perplexity|claude|copilot|gemini|mistral|deepseek|grok|you|phind"
)
_SECOND_LEVEL = re.compile("co|com|ac|org|net|gov|edu")

_SEARCH_HOSTS = frozenset({"search.brave.com"})
_ASSISTANT_HOSTS = frozenset({"gemini.google.com", "copilot.microsoft.com"})


def channel(tags: Any, rules: Any) -> list[str]:
    """Return at most five levels: the shop's own tags, or else the source of the landing."""
    path = _texts(tags) or _texts(rules)
    if path[:1] == ["referral"] and len(path) > 1:
        path = _referral(path[1])
    return path


def columns(path: list[str]) -> dict[str, str]:
    """Return the columns of a path; an empty path is UNKNOWN."""
    levels = (path or [UNKNOWN]) + [""] * len(CHANNEL)
    return dict(zip(CHANNEL, levels, strict=False))


def _texts(values: Any) -> list[str]:
    if not isinstance(values, list):
        return []
    return [text for text in (label(one, ID) for one in values) if text][: len(CHANNEL)]


def _referral(host: str) -> list[str]:
    host = host.lower().removeprefix("www.")
    name = _name(host)
    if host in _ASSISTANT_HOSTS or _ASSISTANTS.fullmatch(name):
        return ["assistant", host]
    if host in _SEARCH_HOSTS or _SEARCH.fullmatch(name):
        return ["search", name]
    return ["social", name] if _SOCIAL.fullmatch(name) else ["referral", host]


def _name(host: str) -> str:
    """Return the label before the public suffix: google of www.google.co.uk."""
    labels = host.split(".")[:-1]
    if len(labels) > 1 and _SECOND_LEVEL.fullmatch(labels[-1]):
        labels.pop()
    return labels[-1] if labels else host
