"""What is remembered: tables, transactions and migrations. Never a network call."""
