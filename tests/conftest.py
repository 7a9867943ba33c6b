"""Settings that all tests share: worlds without deadlines, so that a slow machine fails nothing."""

from hypothesis import settings

settings.register_profile("packgrid", deadline=None, print_blob=True)
settings.load_profile("packgrid")
