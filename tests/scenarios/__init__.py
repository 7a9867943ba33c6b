"""Named markets, each with the grids that it is hard for, and what became of them: looked at by a person and kept."""
