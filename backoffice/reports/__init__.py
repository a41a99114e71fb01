"""The figures and tables of each report."""
