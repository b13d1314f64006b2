"""HTTP that every service serves: endpoints, documentation page, dead letters, waiting messages."""
