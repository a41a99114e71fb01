"""Process one job of the inbox, and decide what happens after a failure.

| failure | what happens |
| --- | --- |
| Jirafe, the database or the shop's API is unavailable | the job is retried |
| a token or a parameter is wrong | the job is retried, since the merchant may correct it |
| the shop's API does not yet return what the webhook reports | the job is retried |
| the shop's API refuses the credential | messages in bodies are sent; the other webhooks wait |
| the message cannot be mapped, or Jirafe refuses an event permanently | a dead letter at once |
| it still fails after three days | a dead letter: the message, or else the webhook |
| the shop was disconnected | the job is dropped |
| a replay is refused again, or three days have passed | its dead letter stays |
| the process is killed | another takes the job once its lease has ended; nothing is sent twice |
"""

import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from functools import partial
from itertools import chain

from sqlalchemy import Connection

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.delivery.processor import MessageProcessor
from jirafe_endpoint.errors import EndpointError, RefusedMessageError, TryAgainError
from jirafe_endpoint.messages.message import Message
from jirafe_endpoint.observability import message_log
from jirafe_endpoint.observability.metrics import Metrics
from jirafe_endpoint.shops import giving_up
from jirafe_endpoint.shops.api_pool import ApiPool
from jirafe_endpoint.shops.connections import ConnectedShop, SecretKeyError, ShopConnections
from jirafe_endpoint.shops.inbox import Inbox, Job
from jirafe_endpoint.shops.messages import (
    OutdatedReadError,
    addressed,
    from_api,
    from_bodies,
    is_wanted,
    pushed_messages,
    read_webhooks,
    skus,
    without_body,
)
from jirafe_endpoint.state import State, facts
from jirafe_endpoint.state.columns import timestamp
from mappers import Fact, Key
from spree.api.errors import CredentialError, ShopError, ShopUnavailableError
from spree.api.shop import Shop
from spree.messages import HubMessage
from spree.payloads.fields import Record
from spree.webhooks.translation import Lookup
from spree.webhooks.webhook import Webhook

Lend = Callable[[str], AbstractContextManager[str]]
"""Returns a context with a token of a site. Raises KeyError if the site is unknown."""

GIVE_UP_AFTER = timedelta(days=3)
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 3600.0  # seconds between two tries

log = logging.getLogger(__name__)


class _LostError(Exception):
    """Another process has taken the job."""


class JobProcessor:
    """Processes jobs of the inbox."""

    def __init__(
        self,
        connections: ShopConnections,
        inbox: Inbox,
        processor: MessageProcessor,
        state: State,
        metrics: Metrics,
        lend: Lend | None,
    ) -> None:
        self._connections = connections
        self._inbox = inbox
        self._processor = processor
        self._state = state
        self._metrics = metrics
        self._lend = lend
        self._apis = ApiPool()

    def process(self, job: Job) -> None:
        """Process a job, then delete it, retry it, or replace it by dead letters.

        Raise DatabaseUnavailableError.
        """
        try:
            self._process(job)
        except _LostError:
            log.warning("A job of site %s took longer than its lease", job.site)
        except (EndpointError, ShopError, OutdatedReadError, SecretKeyError) as error:
            self._try_later(job, error)
        except DatabaseUnavailableError:
            raise
        except Exception as error:
            log.exception("Unexpected %s in a webhook of site %s", type(error).__name__, job.site)
            self._try_later(job, error)

    def _process(self, job: Job) -> None:
        shop = self._connections.get(job.site)
        for letter_id in giving_up.replayed_letters(job.webhooks):
            self._renew(job)
            self._replay(letter_id, shop)
        if shop:
            webhooks = read_webhooks(job.webhooks)
            remember_skus(self._state, job.site, skus(webhooks))
            for message in chain(pushed_messages(job.webhooks), self._messages(shop, webhooks)):
                self._renew(job)
                self.send_wanted(shop, message)
        self._inbox.finish(job)

    def _renew(self, job: Job) -> None:
        if not self._inbox.renew(job):
            raise _LostError

    def can_replay(self, site: str) -> bool:
        """Whether there is a token to replay the dead letters of a site with."""
        try:
            with self._token(site, self._connections.get(site)):
                return True
        except KeyError:
            return False

    def _token(self, site: str, shop: ConnectedShop | None) -> AbstractContextManager[str]:
        """Return a context with a token of the site. Raise KeyError if there is none."""
        if shop:
            return nullcontext(shop.token)
        if self._lend is None:
            raise KeyError(site)
        return self._lend(site)

    def _replay(self, letter_id: int, shop: ConnectedShop | None) -> None:
        """Process the message of a dead letter again, unless it was replayed or dropped."""
        letter = self._state.dead_letters.get(letter_id)
        if letter is None or letter.replayed_at:
            return
        message = Message(letter.type, letter.message_id, letter.payload, {"site_id": letter.site})
        with self._token(letter.site, shop) as token:
            outcome = self._logged(message, lambda: self._processor.replay(letter, token))
        if outcome != "refused":
            self._state.dead_letters.mark_replayed(letter_id)

    def _messages(self, shop: ConnectedShop, webhooks: Sequence[Webhook]) -> Iterator[HubMessage]:
        """Yield the messages. Raise CredentialError at the end if a webhook needs the API."""
        if not (shop.kind and webhooks):
            yield from from_bodies(webhooks)
            return
        try:
            with self._apis.borrowed(shop) as api:
                found = from_api(webhooks, partial(_look_up, api))
        except CredentialError as error:
            self._metrics.count_refused_credential()
            log.warning(
                "Webhooks of site %s are sent as they are until the shop is connected again: %s",
                shop.site,
                error,
            )
            yield from from_bodies(webhooks)
            if without_body(webhooks):
                raise
        else:
            yield from found

    def send_wanted(self, shop: ConnectedShop, message: HubMessage) -> str | None:
        """Send a message as `send` does, or return None if the shop does not want it sent."""
        return self.send(shop, message) if is_wanted(message, shop) else None

    def send(self, shop: ConnectedShop, hub_message: HubMessage) -> str:
        """Send the events of a message, and return the outcome that is logged.

        A message that is refused permanently becomes a dead letter. Raise TryAgainError or
        MerchantMustActError if the message cannot be sent now.
        """
        message = addressed(hub_message, shop)
        return self._logged(message, lambda: self._processor.process(message))

    def _logged(self, message: Message, process: Callable[[], object]) -> str:
        """Process a message, log and count it, and return the outcome."""
        record = message_log.start()
        record.type, record.message_id = message.type, message.message_id
        record.site, record.number = message.site, message.number
        try:
            process()
        except EndpointError as error:
            record.outcome, record.why = error.outcome, error.why
            if not isinstance(error, RefusedMessageError):
                raise
        finally:
            self._metrics.count(record)
            log.info("message", extra=record.line())
        return record.outcome

    def _try_later(self, job: Job, error: Exception) -> None:
        oldest = job.webhooks[0]
        if self._state.clock() - oldest.received_at > GIVE_UP_AFTER:
            self._give_up(job, error)
            return
        self._metrics.count_inbox_retry()
        pause = pause_after(oldest.attempts, error, random.uniform)
        log.warning("A webhook of site %s is retried in %d s: %s", job.site, pause, _reason(error))
        self._inbox.retry(job, pause)

    def _give_up(self, job: Job, error: Exception) -> None:
        """Replace the job by dead letters."""
        log.error("Giving up on a webhook of site %s: %s", job.site, _reason(error))
        shop = self._connections.get(job.site)
        letters = giving_up.letters(job, shop, _reason(error)) if shop else []
        self._inbox.replace_by_dead_letters(job, letters)
        self._metrics.count_dead_letters(len(letters))


def remember_skus(state: State, site: str, skus: Mapping[str, str]) -> None:
    """Store SKUs by variant id. Raise DatabaseUnavailableError."""
    now = state.clock()
    known = [(site, Fact(Key("variant", one), timestamp(now), sku)) for one, sku in skus.items()]

    def remember(connection: Connection, items: Sequence[list[tuple[str, Fact]]]) -> list[None]:
        facts.remember(connection, [fact for item in items for fact in item], now)
        return [None] * len(items)

    if known:
        state.database.group_commit(remember, known)


def pause_after(
    attempts: int, error: Exception, chance: Callable[[float, float], float] = random.uniform
) -> float:
    """Return the seconds until the next attempt: doubled each time, or longer if asked for."""
    doubled = min(_FIRST_PAUSE * 2.0 ** min(attempts, 30), _LONGEST_PAUSE)
    asked = error.retry_after if isinstance(error, TryAgainError | ShopUnavailableError) else None
    return max(doubled, min(asked or 0, _LONGEST_PAUSE)) * chance(0.75, 1.25)


def _look_up(api: Shop, lookup: Lookup) -> Record | None:
    return api.order(lookup.id) if lookup.kind == "order" else api.product(lookup.id)


def _reason(error: Exception) -> str:
    """Return what went wrong, without secrets and personal data."""
    if isinstance(error, EndpointError):
        return error.why
    if isinstance(error, OutdatedReadError):
        return "The shop's API does not yet return what the webhook reports."
    return str(error) if isinstance(error, ShopError | SecretKeyError) else type(error).__name__
