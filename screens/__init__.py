"""What is seen: screens and widgets. Knows checks, never asyncssh."""
