"""What is read of people: their addresses, and the customers of a shop."""

from mappers.fields import Identifier, Place, Text, Timestamp
from mappers.nested import HubSchema, One


class Address(HubSchema):
    """A postal address and the person there."""

    id = Identifier()
    firstname = Text()
    lastname = Text()
    first_name = Text()
    last_name = Text()
    company = Text()
    phone = Text()
    address1 = Text()
    address2 = Text()
    city = Text()
    zipcode = Text()
    state = Place("name", "abbr")
    state_name = Text()
    country = Place("iso", "name")


class Customer(HubSchema):
    """A customer; of one within an order, only the id is used."""

    id = Identifier()


class Person(HubSchema):
    """A customer in a message of its own, in the hub's rendering or in Spree's."""

    id = Identifier()
    email = Text()
    firstname = Text()
    lastname = Text()
    first_name = Text()
    last_name = Text()
    name = Text()
    phone = Text()
    company = Text()
    created_at = Timestamp()
    updated_at = Timestamp()
    billing_address = One(Address())
    bill_address = One(Address())
    shipping_address = One(Address())
    ship_address = One(Address())
