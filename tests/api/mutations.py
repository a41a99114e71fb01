"""Valid events with random changes, for hypothesis."""

from copy import deepcopy

from hypothesis import strategies as st

from tests.api.events import TRACKED, VALID

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 0, -1, 1.0, -0.5, "", "accepted"])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
VALUES = st.recursive(
    SCALARS, lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(), some, max_size=3)
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda some: st.lists(some, max_size=4) | st.dictionaries(st.text(), some, max_size=4),
    max_leaves=20,
)
"""Also what JSON cannot write, such as NaN and lone surrogates."""


def _places(value):
    """Every container in a value, with the keys or positions in it."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for step, member in members:
        yield value, step
        if isinstance(member, dict | list):
            yield from _places(member)


@st.composite
def mutated(draw, values=VALUES, examples=(*VALID, *TRACKED)):
    """Draw the kind of an example, and its event with up to three changes."""
    kind, event = draw(st.sampled_from(examples))
    event = deepcopy(event)
    for _ in range(draw(st.integers(0, 3))):
        container, step = draw(st.sampled_from(list(_places(event))))
        match draw(st.sampled_from(["replace", "remove", "repeat"])):
            case "replace":
                container[step] = draw(values)
            case "remove":
                del container[step]
            case "repeat" if isinstance(container, list):
                container.append(deepcopy(container[step]))
        if not event:
            break
    return kind, event
