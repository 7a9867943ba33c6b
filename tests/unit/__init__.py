"""One module at a time, by tables of cases."""
