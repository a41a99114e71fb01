"""People who buy: guests, guests who register later, and customers with an account."""

from dataclasses import dataclass
from random import Random

_FIRST = ("Ada", "Bjørn", "Chloé", "Dmitri", "Esra", "Farid", "Grace", "Hana", "Ivo", "Jun")
_LAST = ("Quist", "Arslan", "Novák", "Petit", "Sørby", "Tanaka", "Ueda", "Vance", "Wójcik", "Xu")
_PLACES = (
    ("US", "United States", "VT", "Vermont", "Barre", "05641"),
    ("DE", "Germany", "HE", "Hessen", "Kassel", "34117"),
    ("JP", "Japan", "13", "Tokyo", "Shibuya", "150-0002"),
    ("KW", "Kuwait", "KU", "Al Asimah", "Kuwait City", "13001"),
)


@dataclass(frozen=True)
class Address:
    """A postal address."""

    id: int
    first_name: str
    last_name: str
    street: str
    city: str
    zipcode: str
    state: str
    state_code: str
    country: str
    country_code: str
    phone: str


@dataclass
class Person:
    """A person who may buy repeatedly; `user_id` is None until they register."""

    email: str
    address: Address
    visitor: str
    user_id: int | None = None


def person(rng: Random, number: int) -> Person:
    """Return a new person, a guest so far."""
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    code, country, state_code, state, city, zipcode = rng.choice(_PLACES)
    address = Address(
        id=number,
        first_name=first,
        last_name=last,
        street=f"{rng.randint(1, 99)} Quarry Road",
        city=city,
        zipcode=zipcode,
        state=state,
        state_code=state_code,
        country=country,
        country_code=code,
        phone=f"555-{number:04}",
    )
    return Person(f"buyer{number}@mail.example", address, f"{rng.getrandbits(48)}")


def spelt(rng: Random, email: str) -> str:
    """Return the e-mail address as its owner types it this time."""
    return email.capitalize() if rng.random() < 0.2 else email
