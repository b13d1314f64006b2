"""The questionnaire on the quality of a service at a window: what a visitor answered, and the indicators."""
