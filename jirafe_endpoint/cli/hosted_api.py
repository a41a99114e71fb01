"""The hosted API, as the endpoint's commands use it."""

from analytics.feed import StoredFeed
from analytics.forgetting import forget as forget_facts
from analytics.refresh import refresh
from jirafe_api.api import Api
from jirafe_api.storage.personal_data import Person
from jirafe_api.storage.sites import WRITE
from jirafe_endpoint.state.forgetting import Customer

EXTENSION = "jirafe_endpoint_hosted"
"""Where an application keeps it, if it hosts one."""


_SHOP = "connected shop"
"""The label of a token that a connected shop's events are sent with."""


class Hosted:
    """The hosted API's data; every method raises DatabaseUnavailableError."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def prune(self) -> dict[str, int]:
        """Delete the events older than EVENTS_RETENTION_DAYS; return how many, by table."""
        return self._api.store.prune(self._api.events_retention_days).counts()

    def find(self, customer: Customer) -> Customer:
        """Return the customer with all ids, addresses and purchases in the events."""
        found = self._api.store.forget(customer.site, _person(customer), dry_run=True)
        person = found.person
        return Customer(
            customer.site, person.ids, person.emails | person.addresses, person.purchases
        )

    def forget(self, customer: Customer, *, dry_run: bool) -> dict[str, int]:
        """Forget the customer; return how many events and facts were changed and deleted.

        All events are folded first: one that is folded later would name the customer again. The
        events themselves are last, because they lead to the rest.
        """
        store, person = self._api.store, _person(customer)
        refresh(store.database, StoredFeed(store), store.now())
        found = store.forget(customer.site, person, dry_run=True).person
        facts = forget_facts(
            store.database,
            customer.site,
            found.ids | found.emails | found.addresses,
            found.visits,
            found.visitors,
            dry_run=dry_run,
        )
        return store.forget(customer.site, person, dry_run=dry_run).counts() | facts

    def shop_token(self, site: str, known: str | None) -> str:
        """Return a token to send a connected shop's events with: the known one if it is valid."""
        if known and self._api.sites.opens(known, site):
            return known
        return self._api.sites.add(site, _SHOP, {WRITE})

    def revoke_shop_tokens(self, site: str) -> None:
        """Make the tokens of a connected shop invalid."""
        for token in self._api.sites.all():
            if token.site == site and token.label == _SHOP and token.id is not None:
                self._api.sites.revoke(token.id)


def _person(customer: Customer) -> Person:
    return Person(set(customer.ids), set(customer.emails))
