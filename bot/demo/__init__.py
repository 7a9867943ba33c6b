"""A Bot API of our own on loopback, with a chat page, for the demo and the tests."""
