"""Events as files that other programs read: JSON lines, CSV and Parquet."""
