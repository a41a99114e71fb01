"""The figures: what is asked, how it is read from the rollups, and what each number means.

Pages parse a request by `asked.parse`, then call `figures.measure` for numbers and `lists.LISTS`
for tables. Both are made of the same sums, so that they always agree.
"""
