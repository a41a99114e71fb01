"""The commands `flask dead-letters …`."""

import json
from dataclasses import asdict

import click
from flask import current_app
from flask.cli import AppGroup

from jirafe_endpoint.cli.application import current_state, token_of
from jirafe_endpoint.delivery.processor import EXTENSION as PROCESSOR
from jirafe_endpoint.delivery.processor import MessageProcessor
from jirafe_endpoint.errors import EndpointError
from jirafe_endpoint.messages.message import Message
from jirafe_endpoint.messages.notifications import Notification
from jirafe_endpoint.shops import EXTENSION as SHOPS
from jirafe_endpoint.shops import Shops
from jirafe_endpoint.shops.giving_up import WEBHOOK, replay_of, webhook_of
from jirafe_endpoint.state.dead_letters import DeadLetter

_ID = click.IntRange(1, 2**63 - 1)

dead_letters = AppGroup("dead-letters", help="Messages that were refused permanently.")


@dead_letters.command("list")
@click.option("--site", help="Only the dead letters of this site.")
@click.option("--limit", type=click.IntRange(min=1), help="At most this many.")
def list_dead_letters(site: str | None, limit: int | None) -> None:
    """Print dead letters as lines of JSON, newest first.

    Each line includes the number of the cart, order, product or taxon. Use `show` to print the
    message itself.

    \b
    Example:
      flask dead-letters list --site my-shop --limit 20
    """
    with current_state() as state:
        for letter in state.dead_letters.list(site, limit):
            number = Message(letter.type, letter.message_id, letter.payload, {}).number
            line = {name: value for name, value in asdict(letter).items() if name != "payload"}
            click.echo(json.dumps(line | {"number": number}))


@dead_letters.command("show")
@click.argument("letter_id", metavar="ID", type=_ID)
def show_dead_letter(letter_id: int) -> None:
    """Print the dead letter ID, with its message, as a line of JSON.

    \b
    Example:
      flask dead-letters show 7
    """
    click.echo(json.dumps(asdict(_letter(letter_id))))


@dead_letters.command("drop")
@click.argument("letter_id", metavar="ID", type=_ID)
def drop_dead_letter(letter_id: int) -> None:
    """Delete the dead letter ID.

    \b
    Example:
      flask dead-letters drop 7
    """
    with current_state() as state:
        dropped = state.dead_letters.drop(letter_id)
    if not dropped:
        raise _unknown(letter_id)
    click.echo(f"Dropped dead letter {letter_id}.")


@dead_letters.command("replay")
@click.argument("letter_id", metavar="ID", type=_ID)
def replay_dead_letter(letter_id: int) -> None:
    """Process the dead letter ID again.

    Events that were accepted before are not sent again. Prompts for the site's access token unless
    the API is hosted here. A webhook of a connected shop goes back to the inbox.

    \b
    Example:
      flask dead-letters replay 7
    """
    letter = _letter(letter_id)
    if letter.replayed_at:
        raise click.ClickException(f"Dead letter {letter_id} was replayed at {letter.replayed_at}.")
    if letter.type == WEBHOOK:
        _store_again(letter)
        return
    if not letter.proven:
        click.confirm(
            "The token of this message was never checked, so anyone with the hub's key could have "
            "sent it. Replay it?",
            abort=True,
            err=True,
        )
    notes = _replay(letter)
    for note in notes:
        click.echo(json.dumps(note.as_dict()))
    if any(note.level == "error" for note in notes):
        raise click.ClickException(f"Dead letter {letter_id} could not be processed.")
    with current_state() as state:
        state.dead_letters.mark_replayed(letter_id)


@dead_letters.command("replay-all")
@click.option("--site", required=True, help="The site of the dead letters.")
def replay_all(site: str) -> None:
    """Process all dead letters of a site again, in the background.

    They go through the inbox, which retries for up to three days and processes at most eight at a
    time. Those that were replayed before are left out, and so are messages whose token was never
    checked. A message that is refused again stays a dead letter.

    \b
    Example:
      flask dead-letters replay-all --site my-shop
    """
    shops: Shops = current_app.extensions[SHOPS]
    with current_state() as state:
        if not shops.jobs.can_replay(site):
            raise click.ClickException(
                f"There is no token of site {site} here: replay its dead letters one by one."
            )
        due = [one for one in reversed(state.dead_letters.list(site)) if not one.replayed_at]
        unproven = [one for one in due if not one.proven]
        webhooks = [one for one in due if one.type == WEBHOOK]
        messages = [one for one in due if one.proven and one.type != WEBHOOK]
        shops.inbox.put(*map(replay_of, messages))
    for letter in webhooks:
        _store_again(letter)
    click.echo(f"{len(messages) + len(webhooks)} dead letters are in the inbox.")
    if unproven:
        click.echo(f"{len(unproven)} were left out: their tokens were never checked.", err=True)


def _store_again(letter: DeadLetter) -> None:
    """Put the webhook of a dead letter back into the inbox."""
    shops: Shops = current_app.extensions[SHOPS]
    with current_state() as state:
        shop = shops.connections.get(letter.site)
        if shop is None:
            raise click.ClickException(f"No shop is connected for site {letter.site}.")
        webhook = webhook_of(letter, shop)
        if isinstance(webhook, str):
            raise click.ClickException(webhook)
        shops.inbox.put(webhook)
        state.dead_letters.mark_replayed(letter.id or 0)
    click.echo(f"The webhook of dead letter {letter.id} is back in the inbox.")


def _replay(letter: DeadLetter) -> list[Notification]:
    processor: MessageProcessor = current_app.extensions[PROCESSOR]
    with current_state(), token_of(letter.site) as token:
        try:
            return list(processor.replay(letter, token).notifications)
        except EndpointError as error:
            return list(error.notifications)


def _letter(letter_id: int) -> DeadLetter:
    """Return the dead letter, or end the command if there is none."""
    with current_state() as state:
        letter = state.dead_letters.get(letter_id)
    if letter is None:
        raise _unknown(letter_id)
    return letter


def _unknown(letter_id: int) -> click.ClickException:
    return click.ClickException(f"There is no dead letter {letter_id}.")
