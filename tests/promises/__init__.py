"""What must hold, each promise written once as a pure function; both kinds of worlds ask it, one of them by `core`."""
