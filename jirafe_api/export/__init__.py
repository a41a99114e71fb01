"""Events as files for other programs: JSON lines, CSV and Parquet."""
