"""The commands of the terminal besides `run`: check, audit, backup, demo."""
