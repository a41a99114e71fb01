import re
from pathlib import Path

import pytest

from tests.analytics.fixtures import TABLES, at, order, take_in, visit
from tests.analytics.shop import Page, Shop, events_of

PAGE = (Path(__file__).parents[2] / "docs" / "analytics.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def test_every_table_is_documented():
    assert {table.name for table in TABLES if f"`{table.name}`" not in PAGE} == set()


@pytest.mark.parametrize("query", QUERIES)
def test_the_documented_queries_run_on_both_databases(database, query):
    visited = visit("v1", None, Page(at(6, 1), "homepage", term="mug"))
    take_in(database, events_of(Shop([order("R1", visit="v1")], [], [visited])))
    query = query.replace("my-shop", "shop").replace("2026-11", "2026-06")

    with database.reading() as connection:
        rows = connection.exec_driver_sql(query).all()

    assert len(rows) == 1
