"""A Backpack of our own: the matcher, the venue, its prices and its faults."""
