"""Личный кабинет: the citizen's applications, notifications, answers, sessions."""
