"""SKUs that webhooks report, remembered for lines that only name their variants."""

from collections.abc import Mapping, Sequence

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
