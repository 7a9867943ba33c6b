"""Everything the owner reads, in words, numbers and pictures. Decides and asks nothing."""
