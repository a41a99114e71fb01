"""What the commands share: the format of a site's name, and errors in one plain line."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from database.errors import DatabaseUnavailableError
from jirafe_api.credentials import SITE
from jirafe_api.export.formats import FormatError


def well_formed(_ctx: click.Context, _param: click.Parameter, site: str | None) -> str | None:
    """Return a site's name if it is well formed; else BadParameter."""
    if site is not None and not SITE.fullmatch(site):
        raise click.BadParameter("a site is 1 to 64 letters, digits, dashes and underscores")
    return site


@contextmanager
def plain_errors() -> Iterator[None]:
    """End the command with one line if the database or a file fails in the block."""
    try:
        yield
    except (DatabaseUnavailableError, FormatError, OSError) as error:
        raise click.ClickException(str(error)) from error
