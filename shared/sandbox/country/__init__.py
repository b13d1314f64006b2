"""The whole country as one thing: back to a snapshot, and further ones beside it."""
