"""Settings that all tests share: worlds without deadlines, so that a slow machine fails nothing.

The same commit is tried with the same examples each time, so that what lands is judged by what it changed. Others, and
ten times as many, are looked for with `--hypothesis-profile=wide`.
"""

from hypothesis import settings

settings.register_profile("packgrid", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("wide", deadline=None, print_blob=True, max_examples=1_000)
settings.load_profile("packgrid")
