"""The curves of GOST and the arithmetic of their points, computed by PyPI `ecdsa` (Python).

`ecdsa` takes any curve y² = x³ + ax + b; the formulas of GOST R 34.10 over the points are in
`shared.pki.gost.keys`. Where the library returns `INFINITY`, this module returns None. The library takes a point
with the ordinate 0 for INFINITY; no multiple of a base point of odd order has the ordinate 0. No function here
runs in constant time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

Point = tuple[int, int]
"""Abscissa and ordinate, both from 0 up to the modulus."""


@dataclass(frozen=True)
class Curve:
    """y² = x³ + ax + b over the integers modulo `p`; (x, y) is the base point, of prime order `q`."""

    p: int
    a: int
    b: int
    q: int
    x: int
    y: int
    cofactor: int = 1

    def has_point(self, x: int, y: int) -> bool:
        """Whether (x, y) is a point of the curve, with both coordinates below the modulus."""
        return 0 <= x < self.p and 0 <= y < self.p and (y * y - x**3 - self.a * x - self.b) % self.p == 0

    def has_small_order(self, point: Point) -> bool:
        """Whether a point of the curve has another order than the base point's order `q`, which only a cofactor
        above 1 allows.

        A point Q has the order `q` exactly when (q-1)·Q is -Q.
        """
        x, y = point
        return self.cofactor > 1 and _read_point(_point_of(self, point) * (self.q - 1)) != (x, self.p - y)

    def multiply_base(self, number: int) -> Point | None:
        """`number` times the base point."""
        return _read_point(_base_point(self) * number)

    def combine(self, base_times: int, point: Point, times: int) -> Point | None:
        """The sum of `base_times` times the base point and `times` times `point`."""
        return _read_point(_base_point(self).mul_add(base_times, _point_of(self, point), times))


@lru_cache(maxsize=8)
def _base_point(curve: Curve) -> Any:
    """The base point with a table of multiples, which the library makes at the first multiplication (10 ms)."""
    from ecdsa.ellipticcurve import PointJacobi

    return PointJacobi(_library_curve(curve), curve.x, curve.y, 1, curve.q, generator=True)


@lru_cache(maxsize=8)
def _library_curve(curve: Curve) -> Any:
    from ecdsa.ellipticcurve import CurveFp  # imported late: only callers that use GOST wait for the import

    return CurveFp(curve.p, curve.a, curve.b, curve.cofactor)


def _point_of(curve: Curve, point: Point) -> Any:
    """The library's form of a point, without the order: the library would reduce factors by the order."""
    from ecdsa.ellipticcurve import PointJacobi

    return PointJacobi(_library_curve(curve), *point, 1)


def _read_point(point: Any) -> Point | None:
    from ecdsa.ellipticcurve import INFINITY

    if point == INFINITY:
        return None
    affine = point.scale()  # not `to_affine`, which multiplies by the order again
    return int(affine.x()), int(affine.y())
