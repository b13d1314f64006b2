"""A Python client of the systems' HTTP APIs: a citizen at the portal, an employee at the workplace, an operator, a
system at ШЭП's REST door. ``shared.client.models`` has the types of the answers, for type checkers.
"""

from shared.client.http import ApiError
from shared.client.operator import OperatorClient
from shared.client.participant import ParticipantClient, ParticipantKey, read_webhook
from shared.client.people import CertifiedPerson, certify_person
from shared.client.portal import PortalClient
from shared.client.workplace import WorkplaceClient

__all__ = [
    "ApiError",
    "CertifiedPerson",
    "OperatorClient",
    "ParticipantClient",
    "ParticipantKey",
    "PortalClient",
    "WorkplaceClient",
    "certify_person",
    "read_webhook",
]
