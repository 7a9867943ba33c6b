"""Promises that hold for every path of prices and every order of events."""
