"""The commands `flask migrate`, `check`, `dead-letters`, `prune` and `preview`."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from datetime import timedelta
from typing import BinaryIO

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from database.errors import DatabaseUnavailableError
from database.migrations import upgrade
from jirafe_endpoint import parsers
from jirafe_endpoint.cli.customers import customers
from jirafe_endpoint.cli.hosted_api import EXTENSION as HOSTED
from jirafe_endpoint.cli.hosted_api import Hosted
from jirafe_endpoint.delivery.preview import Preview
from jirafe_endpoint.delivery.service import Service
from jirafe_endpoint.errors import EndpointError
from jirafe_endpoint.messages import envelopes
from jirafe_endpoint.messages.message import Message
from jirafe_endpoint.messages.services import ANY, SERVICES, read
from jirafe_endpoint.observability.readiness import EXTENSION as READINESS
from jirafe_endpoint.observability.readiness import Readiness
from jirafe_endpoint.state import EXTENSION, Store
from jirafe_endpoint.state.claims import DeadLetter
from jirafe_endpoint.state.retention import prune

_ID = click.IntRange(1, 2**63 - 1)

dead_letters = AppGroup("dead-letters", help="The messages that no retry can mend.")


@contextmanager
def _store() -> Iterator[Store]:
    """Give the store of the application; where that fails, the command says why."""
    store: Store = current_app.extensions[EXTENSION]
    try:
        yield store
    except DatabaseUnavailableError as error:
        raise click.ClickException(str(error)) from error


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Bring the tables of the endpoint up to date."""
    with _store() as store, store.database.exclusive() as connection:
        upgrade(connection)
    click.echo("The database's schema is up to date.")


@click.command("check")
@click.option("--site", help="Check the access token of this site.")
@click.option("--token", help="That token; the hosted API's own sites need none.")
@with_appcontext
def check(site: str | None, token: str | None) -> None:
    """Tell whether messages can be delivered. No event is sent."""
    if token and not site:
        raise click.UsageError("--token is of a site: name that by --site.")
    readiness: Readiness = current_app.extensions[READINESS]
    # What is wrong with a setting has kept the application from being made.
    verdicts: dict[str, str | None] = {"settings": None, **readiness.problems()}
    if site:
        verdicts["token"] = _token_problem(site, token)
    for name, problem in verdicts.items():
        click.echo(f"{name}: failed: {problem}" if problem else f"{name}: ok")
    if not site:
        click.echo("token: not checked; name a site by --site")
    if any(verdicts.values()):
        raise click.exceptions.Exit(1)


def _token_problem(site: str, token: str | None) -> str | None:
    problem_of: Callable[[str, str], str | None] = current_app.extensions[
        "jirafe_endpoint_problem_of"
    ]
    try:
        with _token(site, token) as lent:
            own = {"site_id": site, "access_token": lent}
            return problem_of(*Message("check", None, {}, own).site_and_token())
    except click.ClickException as error:
        return error.message
    except EndpointError as error:
        return error.notifications[0].description


@dead_letters.command("list")
@click.option("--site", help="Only those of this site.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
def list_dead_letters(site: str | None, limit: int | None) -> None:
    """Print the dead letters as lines of JSON, newest first, with the number of the cart, order …

    The payload is what `show` prints.
    """
    with _store() as store:
        for letter in store.dead_letters.list(site, limit):
            line = {name: told for name, told in asdict(letter).items() if name != "payload"}
            number = Message(letter.type, letter.message_id, letter.payload, {}).number
            click.echo(json.dumps(line | {"number": number}))


@dead_letters.command("show")
@click.argument("letter_id", metavar="ID", type=_ID)
def show_dead_letter(letter_id: int) -> None:
    """Print the dead letter ID as a line of JSON."""
    click.echo(json.dumps(asdict(_letter(letter_id))))


@dead_letters.command("drop")
@click.argument("letter_id", metavar="ID", type=_ID)
def drop_dead_letter(letter_id: int) -> None:
    """Forget the dead letter ID."""
    with _store() as store:
        dropped = store.dead_letters.drop(letter_id)
    if not dropped:
        raise _unknown(letter_id)
    click.echo(f"Dropped dead letter {letter_id}.")


@dead_letters.command("replay")
@click.argument("letter_id", metavar="ID", type=_ID)
@click.option("--token", help="The site's access token; the hosted API's own needs none.")
def replay_dead_letter(letter_id: int, token: str | None) -> None:
    """Process the dead letter ID once more; what was accepted before is not sent again."""
    letter = _letter(letter_id)
    if letter.replayed_at:
        raise click.ClickException(f"Dead letter {letter_id} was replayed at {letter.replayed_at}.")
    service: Service = current_app.extensions["jirafe_endpoint"]
    with _token(letter.site, token) as lent:
        try:
            notes = service.replay(letter, lent).notifications
        except EndpointError as error:
            notes = error.notifications
    for note in notes:
        click.echo(json.dumps(note.as_dict()))
    if any(note.level == "error" for note in notes):
        raise click.ClickException(f"Dead letter {letter_id} was not processed.")
    with _store() as store:
        store.dead_letters.mark_replayed(letter_id)


def _token(site: str, token: str | None) -> AbstractContextManager[str]:
    """Give the token, or one that the hosted API lends for the while."""
    if token:
        return nullcontext(token)
    lend = current_app.extensions.get("jirafe_endpoint_lend")
    if lend is None:
        raise click.ClickException("Give the site's access token by --token.")
    try:
        lent: AbstractContextManager[str] = lend(site)
    except KeyError:
        raise click.ClickException(f"The hosted API does not know site {site}.") from None
    return lent


def _letter(letter_id: int) -> DeadLetter:
    """Return the dead letter; where there is none, the command says so."""
    with _store() as store:
        letter = store.dead_letters.get(letter_id)
    if letter is None:
        raise _unknown(letter_id)
    return letter


def _unknown(letter_id: int) -> click.ClickException:
    return click.ClickException(f"There is no dead letter {letter_id}.")


@click.command("prune")
@click.option(
    "--days",
    type=click.IntRange(1, parsers.MOST_DAYS),
    help="RETENTION_DAYS where it is not given.",
)
@with_appcontext
def prune_old(days: int | None) -> None:
    """Forget messages, what was sent and dead letters that are older than --days.

    And those events of the hosted API that are older than EVENTS_RETENTION_DAYS.
    """
    hosted: Hosted | None = current_app.extensions.get(HOSTED)
    with _store() as store:
        age = timedelta(days=days or current_app.config["RETENTION_DAYS"])
        pruned = prune(store.database, store.clock() - age) | (hosted.prune() if hosted else {})
    for table, count in pruned.items():
        click.echo(f"{table}\t{count}")


@click.command("preview")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--service",
    type=click.Choice(list(SERVICES)),
    help="Where it would be posted, such as add_order; the root path where it is not given.",
)
@with_appcontext
@click.pass_context
def preview_message(context: click.Context, file: BinaryIO, service: str | None) -> None:
    """Print the events that the message in FILE (- is stdin) would become; nothing is sent."""
    taken = SERVICES[service] if service else ANY
    previews: Preview = current_app.extensions["jirafe_endpoint_preview"]
    try:
        message = read(taken, envelopes.parsed(file.read()))
    except EndpointError as error:
        told = "; ".join(note.description for note in error.notifications)
        raise click.ClickException(told) from error
    shown = previews.of(message, taken.types)
    click.echo(json.dumps(shown.as_dict(), indent=2, ensure_ascii=False))
    if any(note.level == "error" for note in shown.notifications):
        context.exit(1)


commands: list[click.Command] = [
    migrate,
    check,
    dead_letters,
    prune_old,
    preview_message,
    customers,
]
