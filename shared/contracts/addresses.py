"""The systems of the bus by their addresses."""

from __future__ import annotations

from shared.bus.errors import NotFound
from shared.texts.catalog import Translations, texts_beside

PORTAL = "portal_pep"
GATEWAY = "shep_gateway"
MIO = "is_mio"
CON = "is_con"
NR_IIN = "nr_iin"
ENIS = "enis"
NUC = "is_nuc"
CGO = "is_cgo"
GCVP = "gcvp"
ESOBES = "is_esobes"
RYNOK = "is_rynok_truda"
ELICENSE = "gbd_elicense"
KDP = "kdp"
GBD_UL = "gbd_ul"
TEMP_FILES = "temp_files"
ARM_SHEP = "arm_shep"
ARM_RSHEP = "arm_rshep"

REGIONAL = (MIO, ARM_RSHEP)
"""The systems of a region's authorities, reachable only through the РШЭП of the region."""

PROVIDERS = (MIO, ARM_RSHEP, ARM_SHEP, ESOBES, RYNOK, ELICENSE)
"""The systems at which a service can be provided."""

REGIONS = ("KZ-AKM", "KZ-ATY", "KZ-SEV", "KZ-YUZ")
"""The regions whose acts are executed here."""

_REGION_NAMES = texts_beside(__file__, file="region_texts.yaml")


def region_name(region: str) -> Translations:
    """The name of a region of `REGIONS` by language."""
    return _REGION_NAMES[region.lower()]


def regional_gateway(region: str) -> str:
    """The address of a region's РШЭП; NotFound ``region-unknown`` for a region that has no acts here."""
    if region not in REGIONS:
        raise NotFound("region-unknown", "no such region", region=region)
    return f"rshep_regional.{region.lower()}"


REGIONAL_GATEWAYS = tuple(regional_gateway(region) for region in REGIONS)
"""The addresses of every РШЭП."""


def is_regional_gateway(address: str) -> bool:
    """Whether ``address`` is that of a РШЭП."""
    return address.startswith("rshep_regional.")


def system_address(system: str) -> str:
    """The bus address of a system named by a passport; what ШЭП handles itself is handled at its АРМ."""
    return ARM_SHEP if system == GATEWAY else system
