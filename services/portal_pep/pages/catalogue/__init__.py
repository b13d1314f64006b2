"""The catalogue of services, and the page of a service made from its passport."""
