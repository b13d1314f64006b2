"""A Python client of the bus's HTTP sides: a citizen at the portal, an employee at the workplace, an operator."""

from shared.client.http import ApiError
from shared.client.operator import Operator
from shared.client.people import Certified, certify
from shared.client.portal import Portal
from shared.client.workplace import Workplace

__all__ = ["ApiError", "Certified", "Operator", "Portal", "Workplace", "certify"]
