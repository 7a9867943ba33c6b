"""The commands of the terminal besides `run`: check, audit, export, backup, demo."""
