"""Keys of an SFTP connection: the private one we log in with, and the host keys by which we know the server."""

from __future__ import annotations

import asyncssh

from sage_bridge.errors import BadConfig


def private_key(key_file: str, content: str) -> asyncssh.SSHKey:
    """Give the key to log in with, from its content or its file; raises BadConfig RS-123 where it cannot be read."""
    try:
        return asyncssh.import_private_key(content) if content else asyncssh.read_private_key(key_file)
    except (OSError, asyncssh.KeyImportError) as error:
        raise BadConfig(
            "RS-123",
            "private key of the SFTP connection cannot be read",
            record=key_file or "private_key",
            found=str(error),
            do="set key_file or private_key in the connection's extra",
        ) from error


def host_keys(host_key: str, next_host_key: str) -> list[asyncssh.SSHKey]:
    """Give the host keys that are accepted: the server's own and, while it is being changed, the one to come.

    Raises:
        BadConfig: RS-123 one is no public key, or the server's own is missing.
    """
    pinned = [("host_key", host_key), *[("next_host_key", next_host_key)][: bool(next_host_key.strip())]]
    return [_public_key(name, key) for name, key in pinned]


def _public_key(name: str, key: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_public_key(key)
    except asyncssh.KeyImportError as error:
        raise BadConfig(
            "RS-123",
            f"{name} of the SFTP connection is missing or no public key",
            found=repr(key[:40]),
            expected="ssh-ed25519 AAAA...",
            do="copy it from the server's .pub file into the connection's extra",
        ) from error
