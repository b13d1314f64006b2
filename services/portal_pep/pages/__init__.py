"""The pages of the portal for people."""
