"""The gateway over HTTP: register, routes, regulations."""
