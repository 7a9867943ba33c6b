"""Pictures for the phone, in one style: the market with its ladder, curves, days, cards. Values in, PNG out."""
