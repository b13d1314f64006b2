"""``egov-bus`` and ``python -m services``."""

from __future__ import annotations

from services.launcher.gc_tuning import relax_thresholds


def main() -> None:
    """The console script. What it runs is imported late: a quarter of the imports' time went into garbage."""
    relax_thresholds()
    from services.cli import app

    app()


if __name__ == "__main__":
    main()
