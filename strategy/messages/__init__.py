"""What is said to the strategy and by it: events, commands, notices, reports, refusals. Values only."""
