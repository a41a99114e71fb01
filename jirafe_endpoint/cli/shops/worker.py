"""The command `flask worker`."""

import signal

import click
from flask import current_app
from flask.cli import with_appcontext

import logs
from config import Settings, load
from jirafe_endpoint.shops import EXTENSION, Shops

_STOP = {signal.SIGTERM, signal.SIGINT}


@click.command("worker")
@click.option("--celery", "as_tasks", is_flag=True, help="Share the work by CELERY_BROKER_URL.")
@with_appcontext
def work(*, as_tasks: bool) -> None:
    """Process webhooks of connected shops and sync the shops, until stopped.

    The web processes also do this; a worker takes load off them. With --celery, all workers share
    the work as Celery tasks, over RabbitMQ or Redis.

    \b
    Examples:
      flask worker
      flask worker --celery
    """
    settings = load()
    logs.configure(settings.log_format, settings.log_level)
    shops: Shops = current_app.extensions[EXTENSION]
    if as_tasks:
        _work_on_tasks(shops, settings)
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)  # before starting threads, which inherit it
    workers = shops.workers()
    workers.start()
    signal.sigwait(_STOP)
    workers.stop()


def _work_on_tasks(shops: Shops, settings: Settings) -> None:
    if not settings.celery_broker_url:
        raise click.ClickException("CELERY_BROKER_URL is not set.")
    try:
        from jirafe_endpoint.shops.workers.task_queue import TaskQueue
    except ModuleNotFoundError:
        message = "Celery is not installed: pip install -r requirements-celery.txt"
        raise click.ClickException(message) from None
    TaskQueue(shops, settings.celery_broker_url, settings.database_url).run()
