"""The verifier of the event log's chain: separate code that recomputes every hash from the raw columns (protocol 7).

It shares nothing with the product, neither SQL functions nor Python: it reads two tables and the heads that left the
database, and says whether they still tell one story. `python -m verify --help`; `docs/audit.md` says what is hashed.
"""
