"""The pace of a site's posts: slower while posts wait at Jirafe until others are answered."""

import math

FADING = 1.01
"""Each post raises the time of the quickest one by this factor, so that an old one is forgotten."""


class Pace:
    """The seconds between the starts of two posts, as `interval`.

    A post waited at Jirafe for as long as it took longer than the quickest of late. The next one
    starts that much later: posts that queue at Jirafe instead of here are many and small.
    """

    def __init__(self, shortest: float, longest: float) -> None:
        self.interval = self._shortest = shortest
        self._longest = longest
        self._quickest = math.inf

    def post_ended(self, duration: float) -> None:
        """Adapt to a post that was answered."""
        self._quickest = min(duration, self._quickest * FADING)
        waited = duration - self._quickest
        self.interval = max(self._shortest, min(waited, self._longest))
