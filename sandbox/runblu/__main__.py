"""Entry point of `python -m sandbox.runblu`."""

from sandbox.runblu.cli import main

raise SystemExit(main())
