"""What a grid would have done: the engine that trades, played over recorded prices. No I/O; only ratios are floats."""
