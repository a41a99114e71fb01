"""The fields read from addresses and customers."""

from typing import Annotated

from mappers.reading.objects import (
    ESSENTIAL,
    Country,
    HubObject,
    Identifier,
    Moment,
    Number,
    State,
    Text,
    UnreadText,
)


class Contact(HubObject):
    """A person's name and contact details; `id` is that of the address or the account."""

    id: Identifier = None
    firstname: UnreadText = None
    lastname: UnreadText = None
    first_name: UnreadText = None
    last_name: UnreadText = None
    name: UnreadText = None
    full_name: UnreadText = None
    company: UnreadText = None
    phone: UnreadText = None


class Address(Contact):
    """A postal address and the person there. Messages have several, of which few are used."""

    address1: UnreadText = None
    address2: UnreadText = None
    city: UnreadText = None
    zipcode: UnreadText = None
    state: State = None
    state_name: UnreadText = None
    country: Country = None


class Customer(Contact):
    """The customer in an order."""

    email: Text = None


class Person(HubObject):
    """A customer message, in the hub's form or Spree's."""

    id: Number = None
    email: Text = None
    firstname: Text = None
    lastname: Text = None
    first_name: Text = None
    last_name: Text = None
    name: Text = None
    full_name: Text = None
    phone: Text = None
    company: Text = None
    created_at: Moment = None
    updated_at: Moment = None
    billing_address: Address | None = None
    bill_address: Address | None = None
    shipping_address: Address | None = None
    ship_address: Address | None = None


class CustomerPayload(HubObject):
    """The payload of a customer message; older hubs call a customer a user."""

    customer: Annotated[Person | None, ESSENTIAL] = None
    user: Annotated[Person | None, ESSENTIAL] = None
