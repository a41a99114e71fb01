"""Progress of long commands, on standard error."""

import sys

import click

_BAR = 24  # characters


def show(what: str, share: float) -> None:
    """Show progress as a bar in a terminal, otherwise as lines. `share` is between 0 and 1."""
    if not sys.stderr.isatty():
        click.echo(what, err=True)
        return
    done = round(min(max(share, 0), 1) * _BAR)
    bar = "█" * done + "░" * (_BAR - done)
    click.echo(f"\r{bar} {share:4.0%}  {what}\x1b[K", nl=False, err=True)


def finish() -> None:
    """Leave the bar, and start a new line."""
    if sys.stderr.isatty():
        click.echo(err=True)
