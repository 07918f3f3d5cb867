"""What is true about a site: evidence, rules, diagnosis and repair. Knows no terminal and no colour."""

__version__ = "0.1.0"
