"""Pictures for the phone, in one style: the market with its ladder, curves, days, cards. Values in, PNG out."""

import os

# Matplotlib is loaded below here only. What somebody has set for his notebooks would change our pictures, or end them:
# a backend that is not there, a style in his home that wants LaTeX.
os.environ.pop("MPLBACKEND", None)
os.environ["MATPLOTLIBRC"] = os.devnull
