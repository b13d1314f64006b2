"""A Python client of the systems' HTTP APIs: a citizen at the portal, an employee at the workplace, an
operator.
"""

from shared.client.http import ApiError
from shared.client.operator import OperatorClient
from shared.client.people import CertifiedPerson, certify_person
from shared.client.portal import PortalClient
from shared.client.workplace import WorkplaceClient

__all__ = ["ApiError", "CertifiedPerson", "OperatorClient", "PortalClient", "WorkplaceClient", "certify_person"]
