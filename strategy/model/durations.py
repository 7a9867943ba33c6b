"""Lengths of time in milliseconds, as every time is told. Nothing else."""

SECOND = 1_000
MINUTE = 60 * SECOND
QUARTER = 15 * MINUTE
"""Of an hour: the clocks of all zones are changed, and their days begin, at one."""
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
