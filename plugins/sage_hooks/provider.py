"""The connection types of the bridge as Airflow's providers declare them: names, forms, hooks.

Airflow finds this by the entry point in `plugins/sage_bridge-1.dist-info`, which stands on the path of every process.
"""

from __future__ import annotations

from typing import Any

_TEXT = {"type": ["string", "null"]}
_FILES = {
    "connection-type": "sage_files",
    "hook-class-name": "sage_hooks.files_hook.SageFilesHook",
    "hook-name": "Sage 300 CRE (files)",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "password"],
        "relabeling": {"login": "Login on the SFTP server", "host": "SFTP server"},
        "placeholders": {"host": "sftp.example.com", "port": "22", "login": "bridge"},
    },
    "conn-fields": {
        "host_key": {
            "label": "Host key of the server",
            "schema": _TEXT,
            "description": "The server's public key as in its .pub file: ssh-ed25519 AAAA...; no other is accepted.",
        },
        "key_file": {
            "label": "Private key: file",
            "schema": _TEXT,
            "description": "Path on the workers; or give the key itself below.",
        },
        "private_key": {
            "label": "Private key: content",
            "schema": {**_TEXT, "format": "password"},
            "description": "The key in OpenSSH form; better kept in a secrets backend.",
        },
        "companies": {
            "label": "Companies",
            "schema": {**_TEXT, "pattern": r"^[A-Z0-9]{1,10}(\s*,\s*[A-Z0-9]{1,10})*$|^$"},
            "description": "Ids by comma whose folders a test looks into, such as AW, BPI.",
        },
    },
}


def get_provider_info() -> dict[str, Any]:
    """Give the provider as Airflow's schema wants it; `package-name` is the name in the dist-info."""
    return {
        "package-name": "sage-bridge",
        "name": "Sage 300 CRE",
        "description": "Connections to Sage 300 Construction and Real Estate.",
        "connection-types": [_FILES],
    }
