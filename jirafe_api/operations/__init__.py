"""What the API takes and answers, route by route: the table behind its description."""

from jirafe_api.openapi import Operation
from jirafe_api.operations import describing, reading, tracker, v1, v2
from jirafe_api.operations.examples import EXAMPLES
from jirafe_api.operations.refusals import REFUSALS

__all__ = ["EXAMPLES", "OPERATIONS", "REFUSALS"]

OPERATIONS: tuple[Operation, ...] = (
    *v2.OPERATIONS,
    *reading.OPERATIONS,
    *tracker.OPERATIONS,
    *v1.OPERATIONS,
    *describing.OPERATIONS,
)
"""Every route of the API, once for each sort of request."""
