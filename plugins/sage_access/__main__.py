"""Roles and users of production.

python -m sage_access apply               writes the roles into Airflow's database; run before every start
python -m sage_access add NAME "ROLE"     adds a user, or sets role and password, which is read from standard input
"""

from __future__ import annotations

import sys

from sage_bridge.errors import BridgeError


def main(words: list[str]) -> int:
    """Do what is asked; gives the exit code."""
    try:
        match words:
            case ["apply"]:
                from sage_access.store import apply

                for line in apply():
                    print(line)
                return 0
            case ["add", name, role]:
                from sage_access.store import add_user

                add_user(name, role, sys.stdin.readline().rstrip("\n"))
                print(f"{name} is {role}")
                return 0
    except BridgeError as error:
        print(error, file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 64


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
