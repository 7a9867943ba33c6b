"""What to do: the pure core of Packgrid. No await, no I/O, no clock, no randomness, no float."""
