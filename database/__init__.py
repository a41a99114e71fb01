"""Databases: engines for SQLite and Postgres, transactions, group commit, migrations."""
