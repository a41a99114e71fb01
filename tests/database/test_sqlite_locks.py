import sqlite3
import subprocess
import sys

from database.sqlite import create_file

WRITE = """
import sqlite3, sys
sqlite3.connect(sys.argv[1], timeout=0).execute("BEGIN IMMEDIATE")
"""


def test_opening_a_database_twice_releases_no_lock_of_the_process(tmp_path):
    path = tmp_path / "jirafe.db"
    create_file(path)
    connection = sqlite3.connect(path)
    connection.execute("BEGIN IMMEDIATE")

    create_file(path)
    other = subprocess.run(
        [sys.executable, "-c", WRITE, path],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    connection.close()

    assert other.stderr.splitlines()[-1] == "sqlite3.OperationalError: database is locked"
