"""What the API takes and answers, route by route: the table behind its description."""

from jirafe_api.description.openapi import Operation
from jirafe_api.description.operations import describing, reading, tracker, v1, v2
from jirafe_api.description.operations.examples import EXAMPLES
from jirafe_api.description.operations.refusals import REFUSALS

__all__ = ["EXAMPLES", "OPERATIONS", "REFUSALS"]

OPERATIONS: tuple[Operation, ...] = (
    *v2.OPERATIONS,
    *reading.OPERATIONS,
    *tracker.OPERATIONS,
    *v1.OPERATIONS,
    *describing.OPERATIONS,
)
"""Every route of the API, once for each sort of request."""
