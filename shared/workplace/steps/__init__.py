"""The effects of a passport's steps at a workplace."""
