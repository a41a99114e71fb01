"""The command `flask worker`."""

import signal

import click
from flask import current_app
from flask.cli import with_appcontext

import logs
from config import load
from jirafe_endpoint.shops import EXTENSION, Shops

_STOP = {signal.SIGTERM, signal.SIGINT}


@click.command("worker")
@with_appcontext
def work() -> None:
    """Process webhooks of connected shops and sync the shops, until stopped.

    The web processes also do this; a worker takes load off them.

    \b
    Example:
      flask worker
    """
    settings = load()
    logs.configure(settings.log_format, settings.log_level)
    shops: Shops = current_app.extensions[EXTENSION]
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)  # before starting threads, which inherit it
    workers = shops.workers()
    workers.start()
    signal.sigwait(_STOP)
    workers.stop()
