"""A venue of our own, in process: matching, clearing, rules, history, and the faults it can be told to have."""
