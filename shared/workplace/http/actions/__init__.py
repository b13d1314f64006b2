"""What employees do with cases, for every door of a workplace: the API and the pages call the same functions."""
