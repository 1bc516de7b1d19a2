"""How a process is started without root's rights when we are root: Postgres refuses to run as uid 0.

The account is `nobody`; no user is added and no permission of any folder is changed. Where that account cannot reach
the files (a clone under a private home), the process gets exactly one capability to read past the folders in its way.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.processes import is_root
from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ACCOUNT = "nobody"
# Least first: read_search opens folders and files for reading; override is needed too when programs are 0700.
CAPABILITIES = ("", "dac_read_search", "dac_override")


@dataclass(frozen=True, slots=True)
class Account:
    """Who a service runs as: owner of its files, and the words to put before its command."""

    uid: int
    gid: int
    prefix: tuple[str, ...]

    def own(self, path: Path) -> None:
        """Give one file or folder of ours to the account."""
        if self.prefix:
            os.chown(path, self.uid, self.gid)


def account_for(programs: Path, needed: Sequence[Path], folder: Path) -> Account:
    """Choose the least right with which the Postgres programs run, read the `needed` files and enter `folder`.

    Args:
        programs: the folder with initdb and postgres.
        needed: files the programs read.
        folder: a folder the account will own files in; its parents may be closed to others.

    Raises:
        BadConfig: RS-173 setpriv is missing; RS-174 no allowed right is enough.
    """
    if not is_root():
        return Account(os.getuid(), os.getgid(), ())
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise BadConfig(
            "RS-173",
            "setpriv is missing, so Postgres cannot be started by root",
            expected="setpriv of util-linux",
            do="install util-linux, or run as an ordinary user",
        )
    entry = pwd.getpwnam(ACCOUNT)
    plain = (setpriv, f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
    for capability in CAPABILITIES:
        prefix = (*plain, *_rights(capability), "--")
        if _suffices(prefix, programs, needed, folder):
            return Account(entry.pw_uid, entry.pw_gid, prefix)
    raise BadConfig(
        "RS-174",
        f"the account {ACCOUNT} cannot reach the Postgres programs or their data, not even with a capability",
        record=str(programs),
        found=str(folder),
        do="run as an ordinary user, or move the repository or SAGE_BRIDGE_VAR to a folder others may enter",
    )


def _rights(capability: str) -> tuple[str, ...]:
    if not capability:
        return ("--inh-caps=-all",)
    # access(2), by which the programs look for each other, takes the capability away from all but root, unless the
    # secure bit no_setuid_fixup is set.
    return (
        f"--inh-caps=-all,+{capability}",
        f"--ambient-caps=-all,+{capability}",
        "--securebits=+no_setuid_fixup",
    )


def _suffices(prefix: Sequence[str], programs: Path, needed: Sequence[Path], folder: Path) -> bool:
    # Really done: `initdb --show` looks for postgres and runs it, as a real initdb does, and then only shows settings.
    script = 'cd "$1" && "$2/initdb" --show -D "$1/none" && shift 2 && cat -- "$@"'
    tried = subprocess.run(
        [*prefix, "/bin/sh", "-c", script, "sh", str(folder), str(programs), *map(str, needed)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        check=False,
    )
    return tried.returncode == 0
