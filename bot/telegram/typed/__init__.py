"""What was typed, read: names, values, wishes, mistakes. No sentences of ours."""
