"""Where things lie: the repository, and `var/`, the only folder that anything here writes to."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PLUGINS = REPOSITORY / "plugins"
DAGS = REPOSITORY / "dags"
PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


def var_dir() -> Path:
    """Give the folder for everything written at run time: `SAGE_BRIDGE_VAR`, else `var/` in the repository."""
    chosen = os.environ.get("SAGE_BRIDGE_VAR", "")
    return Path(chosen).expanduser().resolve() if chosen else REPOSITORY / "var"


def private_dir(path: Path) -> Path:
    """Make a folder only its owner can enter (parents as the umask says); an existing one is closed to others."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(PRIVATE_FOLDER)
    return path


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner can read, whole or not at all; its bytes are never readable to others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "w", encoding="utf-8") as file:
        file.write(content)
    part.replace(path)


def kept_secret(path: Path, size: int = 24) -> str:
    """Give the secret kept in `path`; made once from `size` random bytes, as text that is safe in URLs and DSNs."""
    if not path.is_file():
        write_private(path, secrets.token_urlsafe(size))
    return path.read_text(encoding="utf-8").strip()
