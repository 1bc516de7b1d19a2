"""`python -m ops.make_secrets FOLDER` writes the secrets that docker-compose.yaml mounts and that are not there yet.

One file each, random, in a folder that nobody else may enter; what is there stays as it is. Needs Python alone.
"""

from __future__ import annotations

import argparse
import base64
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COMPOSE = Path(__file__).parents[1] / "docker-compose.yaml"
FERNET = "airflow_fernet_key"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what is missing and name it; gives the exit code."""
    made = write(_parser().parse_args(arguments).folder)
    print(f"{len(made)} secrets made{': ' if made else ''}{', '.join(made)}")
    return 0


def write(folder: Path) -> list[str]:
    """Write the missing secrets into a folder; gives their names."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    missing = [name for name in names() if not (folder / name).exists()]
    for name in missing:
        # Airflow takes a key of exactly this form.
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() if name == FERNET else secrets.token_hex(24)
        (folder / name).write_text(key + "\n", encoding="ascii")
        # Read by the accounts of the containers; the folder keeps everybody else out.
        (folder / name).chmod(0o444)
    return missing


def names() -> list[str]:
    """Give the names of the secrets that docker-compose.yaml mounts."""
    return re.findall(r"^    file: \$\{SECRETS_FOLDER:-\./secrets\}/(\w+)$", COMPOSE.read_text("utf-8"), re.MULTILINE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ops.make_secrets", description=__doc__)
    parser.add_argument("folder", type=Path, help="what SECRETS_FOLDER names; ./secrets by default")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
