"""One grid: how it opens, plans its orders, books their fills, turns its levels, and ends."""
