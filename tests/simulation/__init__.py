"""Seeded worlds with faults; a failing one prints its seed."""
