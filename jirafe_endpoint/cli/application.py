"""Access to the application's state and to sites' tokens, for the commands."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import click
from flask import current_app

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.state import EXTENSION, State


@contextmanager
def current_state() -> Iterator[State]:
    """Yield the application's state; turn database errors into one-line errors."""
    state: State = current_app.extensions[EXTENSION]
    try:
        yield state
    except DatabaseUnavailableError as error:
        raise click.ClickException(str(error)) from error


def token_of(site: str) -> AbstractContextManager[str]:
    """Return a context with a token for the site, from the hosted API or else from a prompt.

    It is never an argument: other users of the machine could read it in the process list.
    """
    lend = current_app.extensions.get("jirafe_endpoint_lend")
    if lend is None:
        return nullcontext(click.prompt(f"Access token of site {site}", hide_input=True, err=True))
    try:
        lent: AbstractContextManager[str] = lend(site)
    except KeyError:
        raise click.ClickException(f"The hosted API does not know site {site}.") from None
    return lent
