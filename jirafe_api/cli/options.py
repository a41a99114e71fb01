"""Helpers for the commands: check a site's name, print one-line errors."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from database.errors import DatabaseUnavailableError
from jirafe_api.credentials import SITE
from jirafe_api.export.formats import FormatError


def well_formed(_ctx: click.Context, _param: click.Parameter, site: str | None) -> str | None:
    """Return a site's name; raise BadParameter if it is malformed."""
    if site is not None and not SITE.fullmatch(site):
        raise click.BadParameter("a site is 1 to 64 letters, digits, dashes and underscores")
    return site


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn errors of the database or a file into one-line errors."""
    try:
        yield
    except BrokenPipeError:
        raise  # click then exits quietly; the reader, such as head, has closed the pipe
    except (DatabaseUnavailableError, FormatError, OSError) as error:
        raise click.ClickException(str(error)) from error
