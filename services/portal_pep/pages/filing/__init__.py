"""Applying on the portal's pages: the form by topics, its files, the check of the answers, the signature."""
