"""What the commands have in common: the form of a site, and errors in a plain line."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from database.errors import DatabaseUnavailableError
from jirafe_api.credentials import SITE
from jirafe_api.export.formats import FormatError


def well_formed(_ctx: click.Context, _param: click.Parameter, site: str | None) -> str | None:
    """The site as it is; BadParameter where it can be none."""
    if site is not None and not SITE.fullmatch(site):
        raise click.BadParameter("a site is 1 to 64 letters, digits, dashes and underscores")
    return site


@contextmanager
def plain_errors() -> Iterator[None]:
    """Ends the command with a line where the database, or a file, fails in the block."""
    try:
        yield
    except (DatabaseUnavailableError, FormatError, OSError) as error:
        raise click.ClickException(str(error)) from error
