"""The geometry of charts, as SVG paths and positions in percent. No drawing library is needed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

Values = Sequence[Decimal | None]
Point = tuple[float, float]

WIDTH, HEIGHT = 1000, 260
"""The size of the main chart's coordinates; it is stretched to its box."""

_MARK = 10
_SPARK_WIDTH, _SPARK_HEIGHT, _SPARK_MARGIN, _SPARK_MARK = 120, 32, 3, 1


@dataclass(frozen=True)
class Sparkline:
    """Two lines on the same scale, and the last point of the first one."""

    line: str
    compared: str
    end: str


@dataclass(frozen=True)
class Gridline:
    """A horizontal line: its value, and its distance from the top in percent."""

    value: Decimal
    top: str


@dataclass(frozen=True)
class Column:
    """One day of the chart: its position and the width of its hover area, in percent."""

    x: str
    left: str
    width: str
    is_right: bool


@dataclass(frozen=True)
class LineChart:
    """The main chart: paths in WIDTH by HEIGHT, gridlines, and a column per value."""

    line: str
    area: str
    partial: str
    compared: str
    point: tuple[str, str] | None
    grid: tuple[Gridline, ...]
    columns: tuple[Column, ...]


def sparkline(values: Values, compared: Values = ()) -> Sparkline:
    """Return the paths of a small chart without axes; unknown values are gaps."""
    known = [float(one) for one in (*values, *compared) if one is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    span = (high - low) or 1.0
    inner = _SPARK_HEIGHT - 2 * _SPARK_MARGIN

    def point(place: int, value: Decimal, count: int) -> Point:
        x = _SPARK_MARGIN + place * (_SPARK_WIDTH - 2 * _SPARK_MARGIN) / max(1, count - 1)
        return x, _SPARK_MARGIN + inner * (1 - (float(value) - low) / span)

    points = _points(values, point)
    last = next((one for one in reversed(points) if one is not None), None)
    end = f"M{last[0]:.1f} {last[1]:.1f}h0" if last else ""
    then = _points(compared, point)
    return Sparkline(_path(points, _SPARK_MARK), _path(then, _SPARK_MARK), end)


def line_chart(values: Values, compared: Values = (), *, last_is_partial: bool) -> LineChart:
    """Return the main chart, which starts at zero. Zeros alone have no other gridline.

    `last_is_partial` draws the line to the last value, which is today's, as a dotted line.
    """
    highest = max((one for one in (*values, *compared) if one is not None), default=Decimal(0))
    top = _round_up(highest)
    steps = range(4, -1, -1) if highest > 0 else (0,)
    count = max(len(values), len(compared), 1)

    def point(place: int, value: Decimal, _count: int) -> Point:
        return _x(place, count), HEIGHT * (1 - float(value / top))

    points = _points(values, point)
    whole = points[:-1] if last_is_partial else points
    partial = points[-2:] if last_is_partial else []
    mark = min(_MARK, WIDTH / count / 2)
    end = partial[-1] if partial else None
    return LineChart(
        line=_path(whole, mark),
        area=_area(whole),
        partial=_path(partial, mark),
        compared=_path(_points(compared, point), mark),
        point=(_percent(end[0] / WIDTH), _percent(end[1] / HEIGHT)) if end else None,
        grid=tuple(Gridline(top * step / 4, _percent(1 - step / 4)) for step in steps),
        columns=tuple(_column(place, count) for place in range(len(values))),
    )


def labelled(count: int, most: int) -> list[int]:
    """Return the positions of up to `most` labels for `count` values, including the last one."""
    step = max(1, -(-count // most))
    return list(range((count - 1) % step, count, step))


def share(part: Decimal | int | None, whole: Decimal | int | None) -> str:
    """Return the length of a bar in percent, at most 100."""
    if not part or not whole:
        return "0"
    return f"{min(100.0, float(part) / float(whole) * 100):.1f}"


def _column(place: int, count: int) -> Column:
    width = 1 / count
    x = _x(place, count) / WIDTH
    return Column(_percent(x), _percent(place * width), _percent(width), x > 0.5)


def _x(place: int, count: int) -> float:
    return WIDTH * (place + 0.5) / count


def _points(values: Values, point: Callable[[int, Decimal, int], Point]) -> list[Point | None]:
    return [
        None if value is None else point(place, value, len(values))
        for place, value in enumerate(values)
    ]


def _path(points: Sequence[Point | None], mark: float) -> str:
    """Return an SVG path with a new line after each gap.

    A point without neighbours is a level line to both sides, as long as `mark`.
    """
    path: list[str] = []
    for before, point, after in zip([None, *points], points, [*points[1:], None], strict=False):
        if point is None:
            continue
        x, y = point
        if before is after is None:
            path.append(f"M{x - mark:.1f} {y:.1f}L{x + mark:.1f} {y:.1f}")
        else:
            path.append(f"{'M' if before is None else 'L'}{x:.1f} {y:.1f}")
    return "".join(path)


def _area(points: Sequence[Point | None]) -> str:
    known = [one for one in points if one is not None]
    if len(known) < 2:
        return ""
    return f"{_path(known, 0)}V{HEIGHT}H{known[0][0]:.1f}Z"


def _percent(share_: float) -> str:
    return f"{share_ * 100:.2f}%"


def _round_up(value: Decimal) -> Decimal:
    """Return a round number, at least the value, that four gridlines divide evenly."""
    if value <= 0:
        return Decimal(4)
    unit = Decimal(1).scaleb(value.adjusted())
    steps = (value / unit * 10).to_integral_value(ROUND_CEILING)
    nice = next(step for step in (10, 12, 16, 20, 24, 32, 40, 60, 80, 100) if step >= steps)
    return unit * nice / 10
