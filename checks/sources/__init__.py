"""Where evidence comes from: SSH, sockets, a folder on disk."""
