"""Sealing a scenario: its manifest gets the row count and hash of every table that is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sandbox.errors import SandboxError
from sandbox.scenario import MANIFEST, TABLES, digest_table

if TYPE_CHECKING:
    from pathlib import Path


def seal_scenario(folder: Path) -> dict[str, int]:
    """Write counts and hashes into the manifest, keeping what else it says; gives the rows of each table."""
    path = folder / MANIFEST
    try:
        document: dict[str, object] = {"scenario": folder.name}
        if path.is_file():
            document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as broken:
        raise SandboxError(f"the manifest is not JSON ({broken})", where=str(path), do="correct or remove it") from None
    files: dict[str, object] = {}
    counts = {}
    for name in (*TABLES, "anomalies", "control_totals"):
        for table in (folder / f"{name}.csv", folder / f"{name}.csv.gz"):
            if table.is_file():
                digest, counts[name] = digest_table(table)
                files[table.name] = {"rows": counts[name], "sha256_of_csv": digest}
    if not counts:
        raise SandboxError(
            "the folder holds no table", where=str(folder), expected="CSV files", do="give a scenario directory"
        )
    part = path.with_name(f"{MANIFEST}.part")
    part.write_text(json.dumps({**document, "files": files}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    part.replace(path)
    return counts
