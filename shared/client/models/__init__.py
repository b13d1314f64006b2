"""The types of the answers of each API, generated from its published OpenAPI document by ``make models``."""
