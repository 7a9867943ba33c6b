"""What answers a command or a button."""
