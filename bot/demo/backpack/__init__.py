"""A Backpack on loopback: its REST calls and streams over the paper venue, for the demo and the tests."""
