"""How far a long command is, on standard error."""

import sys

import click

_BAR = 24  # characters


def show(what: str, share: float) -> None:
    """Show how far something is: as a bar that moves in a terminal, else as lines.

    `share` is between 0 and 1.
    """
    if not sys.stderr.isatty():
        click.echo(what, err=True)
        return
    done = round(min(max(share, 0), 1) * _BAR)
    bar = "█" * done + "░" * (_BAR - done)
    click.echo(f"\r{bar} {share:4.0%}  {what}\x1b[K", nl=False, err=True)


def finish() -> None:
    """Leave the bar as it is; what is printed next begins a new line."""
    if sys.stderr.isatty():
        click.echo(err=True)
