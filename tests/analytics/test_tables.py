from tests.analytics.fixtures import TABLES


def test_no_table_has_a_column_for_names_or_addresses_of_people():
    columns = {column.name for table in TABLES for column in table.c}

    assert {name for name in columns if "mail" in name or "phone" in name} == set()
    assert {name for name in columns if "customer" in name} == {"customer", "customer_salt"}
