"""The running process, and its face in Telegram."""
