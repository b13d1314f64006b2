"""The demo: a citizen's application goes through the country, and each step is shown as it happens."""
