"""The figures: how each number is read from the rollups, and what it means.

Pages parse a request with `asked.parse`, then call `figures.measure` for numbers and use
`lists.LISTS` for tables. Both use the same sums, so that they always agree.
"""
