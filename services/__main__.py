"""``egov-bus`` and ``python -m services``."""

from __future__ import annotations

import io
import sys
import warnings

from services.launcher.absent_modules import remember_absent_modules
from services.launcher.gc_tuning import relax_thresholds


def main() -> None:
    """The console script. The app is imported here, after the collector is tuned: garbage collection took a
    quarter of the import time.
    """
    relax_thresholds()
    remember_absent_modules()
    for stream in (sys.stdout, sys.stderr):
        # a console without UTF-8 prints the escapes of unknown letters instead of a traceback
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # the library counts the bytes of a name, two to a Cyrillic letter, where X.520 counts characters
    warnings.filterwarnings("ignore", message="Attribute's length must be", category=UserWarning)
    from services.cli import app

    app()


if __name__ == "__main__":
    main()
