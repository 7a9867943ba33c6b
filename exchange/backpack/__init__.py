"""Backpack Exchange over REST and websocket; its JSON stays in here."""
