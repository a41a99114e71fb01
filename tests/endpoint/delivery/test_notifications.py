"""The notifications to the merchant, beyond those in the fixtures."""

import pytest

from jirafe_endpoint.messages import notifications
from jirafe_endpoint.messages.notifications import Notification


def test_a_notification_about_a_new_kind_has_the_usual_words():
    assert notifications.sent("stock", "S-1") == Notification(
        "info", "Stock event sent to Jirafe", "A stock event for S-1 was sent to Jirafe."
    )
    assert notifications.sent_whole("stock", "S-1") == "The stock S-1 was sent to Jirafe."


@pytest.mark.parametrize("odd", ["{}", "{0}", "{x", "'%s'"])
def test_a_merchants_names_are_shown_unchanged(odd):
    assert odd in notifications.sent("category", odd).description
    assert odd in notifications.sent_whole("cart", odd)


def test_the_summary_has_a_sentence_for_each_error():
    notes = [
        notifications.sent("cart", "R1"),
        notifications.problem("order-placed", "One."),
        notifications.problem("order-accepted", "Two."),
    ]

    assert notifications.summary(notes, "") == (
        "There was a problem while sending an order-placed event to Jirafe: One. "
        "There was a problem while sending an order-accepted event to Jirafe: Two."
    )
