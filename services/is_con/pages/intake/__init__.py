"""The intake of an application at a window: the service, the form, the representative, the papers."""
