"""Typed facts from bytes: one parser per source."""
