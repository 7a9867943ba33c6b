"""The proof of the books: folded again from zero, compared, and each difference explained."""
