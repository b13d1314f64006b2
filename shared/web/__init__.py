"""The common parts of all pages for people."""
