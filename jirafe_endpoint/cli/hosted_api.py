"""The hosted API's data, for the endpoint's commands."""

from analytics.feed import StoredFeed
from analytics.forgetting import forget as forget_facts
from analytics.refresh import refresh
from jirafe_api.api import Api
from jirafe_api.storage.personal_data import Person
from jirafe_api.storage.sites import WRITE
from jirafe_endpoint.state.forgetting import Customer

EXTENSION = "jirafe_endpoint_hosted"
"""The key in an application's extensions, if it hosts the API."""

_SHOP = "connected shop"
"""The label of the token used to send a connected shop's events."""


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
        """Forget the customer; return how many events and facts were changed or deleted.

        All events are folded first, because one folded later would bring the customer back. The
        events themselves come last, because they lead to the rest.
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
        """Return a token for a connected shop's events: the known one if valid, else a new one."""
        if known and self._api.sites.opens(known, site):
            return known
        return self._api.sites.add(site, _SHOP, {WRITE})

    def revoke_shop_tokens(self, site: str) -> None:
        """Revoke the tokens of a connected shop."""
        for token in self._api.sites.all():
            if token.site == site and token.label == _SHOP and token.id is not None:
                self._api.sites.revoke(token.id)


def _person(customer: Customer) -> Person:
    return Person(set(customer.ids), set(customer.emails))
