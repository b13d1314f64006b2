"""The pages of a service centre: the hall for visitors, the windows for operators."""
