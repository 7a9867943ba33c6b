"""The line to Telegram: who may speak, what is heard, how a message gets there."""
