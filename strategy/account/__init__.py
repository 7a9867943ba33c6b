"""What the grids of an account share: the tick, the owner's commands, what was read, limits and money."""
