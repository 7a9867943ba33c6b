"""One exchange account, run: its one writer, what is read and sent, limbo, the start."""
