"""Signing on the portal's pages: what waits for a signature, codes by SMS, and the sandbox's cloud signature."""
