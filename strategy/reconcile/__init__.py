"""What the exchange shows against what we know: our orders found, limbo settled, strangers told apart."""
