"""Shared by the commands: the application's state, sites' tokens, progress on standard error."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import click
from flask import current_app

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.state import EXTENSION, State

_BAR = 24  # characters


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


def show_progress(what: str, share: float) -> None:
    """Show progress as a bar in a terminal, otherwise as lines. `share` is between 0 and 1."""
    if not sys.stderr.isatty():
        click.echo(what, err=True)
        return
    done = round(min(max(share, 0), 1) * _BAR)
    bar = "█" * done + "░" * (_BAR - done)
    click.echo(f"\r{bar} {share:4.0%}  {what}\x1b[K", nl=False, err=True)


def finish_progress() -> None:
    """Start a new line after the bar."""
    if sys.stderr.isatty():
        click.echo(err=True)
