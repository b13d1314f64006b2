"""The intake of a visitor's application on a page: the form, at a centre and at an office of the authorities."""
