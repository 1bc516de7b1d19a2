"""`python -m ops.openpgp_keys FOLDER NAME` makes an OpenPGP key for the exchange: `own.key`, `own.pub` for partners.

What is there stays as it is. The key has no passphrase and no end; the folder keeps others out.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pysequoia

from ops.paths import private_dir, write_private

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a key where there is none and print its fingerprint; gives the exit code."""
    parser = argparse.ArgumentParser(prog="ops.openpgp_keys", description=__doc__)
    parser.add_argument("folder", type=Path, help="what openpgp_folder names")
    parser.add_argument("name", help="whose key it is, such as `RunBlu bridge <ops@example.com>`")
    chosen = parser.parse_args(arguments)
    print(make(chosen.folder, chosen.name))
    return 0


def is_wanted() -> bool:
    """Tell whether the embedded run seals the files between bridge and Sage: `SAGE_BRIDGE_OPENPGP` is set."""
    return os.environ.get("SAGE_BRIDGE_OPENPGP", "") not in {"", "0"}


def make(folder: Path, name: str) -> str:
    """Make a key where there is none; gives its fingerprint, to be told to the partner on a second way."""
    path = private_dir(folder) / "own.key"
    if not path.exists():
        write_private(path, str(pysequoia.Tsk.generate(name)))
    public = pysequoia.Tsk.from_bytes(path.read_bytes()).extract_certificate()
    (folder / "own.pub").write_text(str(public), encoding="ascii")
    return str(public.fingerprint)


def make_both(folder: Path) -> tuple[Path, Path]:
    """Make keys for both sides of an exchange on one machine; gives the bridge's folder and the agent's."""
    bridge, agent = folder / "bridge", folder / "agent"
    for side, name in ((bridge, "bridge"), (agent, "agent")):
        make(side, name)
    (bridge / "sage.pub").write_bytes((agent / "own.pub").read_bytes())
    (agent / "bridge.pub").write_bytes((bridge / "own.pub").read_bytes())
    return bridge, agent


if __name__ == "__main__":
    raise SystemExit(main())
