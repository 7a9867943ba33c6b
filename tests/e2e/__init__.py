"""The real process against both local servers, over sockets."""
