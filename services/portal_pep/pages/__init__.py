"""The portal's pages for people."""
