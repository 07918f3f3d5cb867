"""The pictures as plain cells: no Textual here, so that a pipe gets the same map as the screen."""
