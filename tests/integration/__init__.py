"""Several parts together: the store on disk, the client against the local server."""
