"""A Bot API on loopback with a chat page, for the demo and the tests."""
