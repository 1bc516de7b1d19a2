"""The exchange agent: runs beside Sage 300 CRE, writes its extracts and guards its imports.

Standard library, `sage_bridge` and asyncssh only (pyodbc for the `Timberline Data` driver), so that
it starts in a plain Python on the Sage server. What it promises is in `docs/agent.md`.
"""

__version__ = "1.0.0"
