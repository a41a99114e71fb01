"""The API that is hosted here, as the endpoint's commands use it."""

from collections.abc import Iterator
from contextlib import contextmanager

from jirafe_api.api import Api
from jirafe_api.database import StoreError
from jirafe_api.personal import Person
from jirafe_endpoint.errors import StateUnavailableError
from jirafe_endpoint.store.forgetting import Customer

EXTENSION = "jirafe_endpoint_hosted"
"""Where an application keeps it, if it hosts one."""


class Hosted:
    """The hosted API's data; every method raises StateUnavailableError where its database fails."""

    def __init__(self, api: Api) -> None:
        """Take the parts of the API."""
        self._api = api

    def prune(self) -> dict[str, int]:
        """Delete the events older than EVENTS_RETENTION_DAYS; return how many, by table."""
        with _as_ours():
            return {"jirafe_events": self._api.store.prune(self._api.events_retention_days)}

    def find(self, customer: Customer) -> Customer:
        """Return the customer with all that the events tell of them and of what they bought."""
        with _as_ours():
            person = self._api.store.forget(customer.site, _person(customer), only_tell=True).person
        return Customer(
            customer.site, person.ids, person.emails | person.addresses, person.purchases
        )

    def forget(self, customer: Customer, *, only_tell: bool) -> dict[str, int]:
        """Forget the customer; return how many events that was, by what was done."""
        with _as_ours():
            return self._api.store.forget(
                customer.site, _person(customer), only_tell=only_tell
            ).counts()


def _person(customer: Customer) -> Person:
    return Person(set(customer.ids), set(customer.emails))


@contextmanager
def _as_ours() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise StateUnavailableError(str(error)) from error
