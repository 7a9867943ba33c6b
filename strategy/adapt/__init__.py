"""What of a grid follows the market: decided from the state and the market's last hours, never from the price alone."""
