"""What the strategy knows: values that check themselves. Nothing happens here."""
