"""What was recorded, through the engine once more: what does it decide today? And a grid's twin on paper."""
