"""`python -m ops.make_secrets FOLDER` writes the secrets that docker-compose.yaml mounts and that are not there yet.

One file each, random, in a folder that nobody else may enter; what is there stays as it is. The certificate by which
clients know Postgres is made with its key, by openssl. Needs nothing else but Python.
"""

from __future__ import annotations

import argparse
import base64
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COMPOSE = Path(__file__).parents[1] / "docker-compose.yaml"
FERNET = "airflow_fernet_key"
CERTIFICATE, CERTIFICATE_KEY = "postgres_certificate", "postgres_certificate_key"
# The service of docker-compose.yaml, as its clients call it; ten years, because clients hold a copy each.
HOST, DAYS = "postgres", 3650


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what is missing and name it; gives the exit code."""
    try:
        made = write(_parser().parse_args(arguments).folder)
    except OSError as error:
        print(f"the secrets could not all be made: {error}", file=sys.stderr)
        return 1
    print(f"{len(made)} secrets made{': ' if made else ''}{', '.join(made)}")
    return 0


def write(folder: Path) -> list[str]:
    """Write the missing secrets into a folder; gives their names.

    Raises:
        OSError: a file cannot be written, or there is no openssl to make the certificate.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    missing = [name for name in names() if not (folder / name).exists()]
    for name in missing:
        if name == CERTIFICATE:
            _certify(folder)
        elif name == CERTIFICATE_KEY:
            # Made with its certificate; with the certificate of another server there is none.
            (folder / name).touch()
        else:
            (folder / name).write_text(_word(name) + "\n", encoding="ascii")
        # Read by the accounts of the containers; the folder keeps everybody else out.
        (folder / name).chmod(0o444)
    return missing


def _word(name: str) -> str:
    # Airflow takes a key of exactly this form.
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() if name == FERNET else secrets.token_hex(24)


def _certify(folder: Path) -> None:
    """Write the certificate that Postgres shows, its own authority, and its key."""
    program = shutil.which("openssl")
    if program is None:
        raise OSError(f"openssl is not installed; next step: install it, or put {CERTIFICATE} of your server there")
    form = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", str(DAYS)]
    named = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    places = ["-keyout", str(folder / CERTIFICATE_KEY), "-out", str(folder / CERTIFICATE)]
    done = subprocess.run([program, "req", *form, *named, *places], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"openssl made no certificate: {done.stderr.strip()}")


def names() -> list[str]:
    """Give the names of the secrets that docker-compose.yaml mounts."""
    return re.findall(r"^    file: \$\{SECRETS_FOLDER:-\./secrets\}/(\w+)$", COMPOSE.read_text("utf-8"), re.MULTILINE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ops.make_secrets", description=__doc__)
    parser.add_argument("folder", type=Path, help="what SECRETS_FOLDER names; ./secrets by default")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
