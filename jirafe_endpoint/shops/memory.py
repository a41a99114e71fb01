"""What is remembered of a shop, outside of its messages: SKUs in, sent orders out."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from jirafe_endpoint.state import State, facts
from jirafe_endpoint.state.columns import timestamp
from mappers import Fact, Key


def remember_skus(state: State, site: str, skus: Mapping[str, str]) -> None:
    """Store SKUs by variant id. Raise DatabaseUnavailableError."""
    now = state.clock()
    known = [(site, Fact(Key("variant", one), timestamp(now), sku)) for one, sku in skus.items()]

    def remember(connection: Connection, items: Sequence[list[tuple[str, Fact]]]) -> list[None]:
        facts.remember(connection, [fact for item in items for fact in item], now)
        return [None] * len(items)

    if known:
        state.database.group_commit(remember, known)


def recall_facts(state: State, site: str, keys: Sequence[Key]) -> dict[Key, Any]:
    """Return the values of those facts that are known. Raise DatabaseUnavailableError."""
    named = {facts.name_of(site, key): key for key in keys}
    with state.database.reading() as connection:
        found = facts.recall(connection, named)
    return {named[name]: value for name, value in found.items()}
