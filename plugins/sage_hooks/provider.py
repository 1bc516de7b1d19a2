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
        "next_host_key": {
            "label": "Next host key of the server",
            "schema": _TEXT,
            "description": "Accepted too, while the server's key is being changed; empty otherwise.",
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
        "openpgp_flows": {
            "label": "Flows sealed by OpenPGP",
            "schema": _TEXT,
            "description": "sage, runblu or a flow such as DC, each also for one company only: AW/sage. Empty: none.",
        },
        "openpgp_folder": {
            "label": "OpenPGP keys: folder",
            "schema": _TEXT,
            "description": "On workers: own.key, sage.pub, runblu.pub; old_own.key, next_*.pub while one is changed.",
        },
        "companies": {
            "label": "Companies",
            "schema": {**_TEXT, "pattern": r"^[A-Z0-9]{1,10}(\s*,\s*[A-Z0-9]{1,10})*$|^$"},
            "description": "Ids by comma whose folders a test looks into, such as AW, BPI.",
        },
    },
}
_API = {
    "connection-type": "sage_api",
    "hook-class-name": "sage_hooks.hosted_connection.SageApiHook",
    "hook-name": "Sage 300 CRE (hosted)",
    "ui-field-behaviour": {
        "hidden-fields": ["schema"],
        "relabeling": {"host": "Host of the customer's service", "login": "API user"},
        "placeholders": {"host": "company.hh2.com", "port": "443"},
    },
    "conn-fields": {
        "api_key": {"label": "API key", "schema": _TEXT, "description": "As the service's operator gave it."},
        "api_secret": {
            "label": "API secret",
            "schema": {**_TEXT, "format": "password"},
            "description": "Given with the key; better kept in a secrets backend.",
        },
        "scheme": {
            "label": "Scheme",
            "schema": {**_TEXT, "enum": ["https", "http", None]},
            "description": "http only for a service on this machine.",
        },
        "ca_file": {
            "label": "Certificate authority: file",
            "schema": _TEXT,
            "description": "PEM file on the workers; only its certificates are believed. Empty: the usual authorities.",
        },
        "calls_at_once": {
            "label": "Calls at once",
            "schema": {"type": ["integer", "null"], "minimum": 1, "maximum": 32},
            "description": "How many calls may be open at a time; empty: 8. Fewer where the service asks for it.",
        },
    },
}


def get_provider_info() -> dict[str, Any]:
    """Give the provider as Airflow's schema wants it; `package-name` is the name in the dist-info."""
    return {
        "package-name": "sage-bridge",
        "name": "Sage 300 CRE",
        "description": "Connections to Sage 300 Construction and Real Estate.",
        "connection-types": [_FILES, _API],
    }
