"""What this machine lends the program: its clock, its files, its log; and what may be shown of a setting."""
