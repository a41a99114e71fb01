"""A site's memory, like the service's, but without the service."""

import json

from mappers import read_message
from tests.mappers.payloads import NOW


class Site:
    """Takes messages one after the other. Every event that is not outdated is accepted."""

    def __init__(self, **parameters):
        self.parameters = parameters
        self.facts = {}
        self.sent = []

    def take(self, message, payload, now=NOW):
        """Map a message, remember its facts, and return the result."""
        draft = read_message(message, payload, self.parameters, now)
        assert set(draft.locks) <= set(draft.recalls)
        known = {key: json.loads(self.facts[key][1]) for key in draft.recalls if key in self.facts}
        mapped = draft.events(known)
        for event in mapped.events:
            if not event.is_outdated:
                self.sent.append(event)
                self._remember(event.facts)
        self._remember(mapped.facts)
        return mapped

    def order(self, message="order:new", now=NOW, **order):
        """Take an order message in the dialect that has no `original`."""
        return self.take(message, {"order": order}, now)

    def latest(self, kind, its_id, date="change_date"):
        """The newest event of a kind about something, of equally new ones the last."""
        bodies = [event.body for event in reversed(self.sent) if event.kind == kind]
        return max((one for one in bodies if one["id"] == its_id), key=lambda one: one[date])

    def status(self, number):
        """The state of an order by the rule of the Events API: (date, arrival) decides."""
        events = [event.body for event in self.sent if event.kind == "order"]
        states = [one for one in events if one["order_number"] == number]
        ends = [(one["cancel_date"], n) for n, one in enumerate(states) if "cancel_date" in one]
        accepted = [(one, n) for n, one in enumerate(states) if one["status"] == "accepted"]
        if not ends:
            return "accepted" if accepted else None
        revivals = [
            (one["change_date"], n)
            for one, n in accepted
            if not one["items"] or {i["status"] for i in one["items"]} != {"cancelled"}
        ]
        return "accepted" if revivals and max(revivals) > max(ends) else "cancelled"

    def _remember(self, facts):
        for fact in facts:
            version, _ = self.facts.get(fact.key, (fact.version, None))
            is_first_seen = fact.key.kind == "first-seen"
            if fact.version <= version if is_first_seen else fact.version >= version:
                self.facts[fact.key] = fact.version, json.dumps(fact.value)


def event(mapped, name):
    """The only event of a name."""
    (found,) = [one for one in mapped.events if one.name == name]
    return found


def body(mapped, name="order-accepted"):
    """The body of the only event of a name."""
    return event(mapped, name).body


def names(mapped):
    """The names of the events that are to be sent."""
    return [one.name for one in mapped.events if not one.is_outdated]


def codes(mapped):
    """The codes of the warnings."""
    return [one.code for one in mapped.warnings]
