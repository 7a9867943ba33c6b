"""A grid played over past prices for the chat: in a process of its own, so that no tick waits for it."""
