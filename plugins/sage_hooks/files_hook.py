"""The connection type `sage_files`: the SFTP server between Sage and us, with a test that says what to repair."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

import asyncssh
from airflow.sdk import BaseHook

from sage_bridge.errors import BadConfig, BridgeError, Transient
from sage_bridge.transfers import READ_FOLDERS, WRITTEN_FOLDERS
from sage_hooks.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Sequence


class SageFilesHook(BaseHook):
    """Gives the exchange folders behind an Airflow connection, and tests the connection from its form."""

    conn_name_attr = "conn_id"
    default_conn_name = "sage_files"
    conn_type = "sage_files"
    hook_name = "Sage 300 CRE (files)"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        """Remember the connection; nothing is opened."""
        super().__init__()
        self.conn_id = conn_id

    def get_conn(self) -> Exchange:
        """Give the exchange; it connects at the first call."""
        return Exchange.from_airflow(self.conn_id)

    def test_connection(self) -> tuple[bool, str]:
        """Say whether the server, its key, the login, the folders and the rights are as needed, or what to repair."""
        try:
            companies = self._companies()
            with self.get_conn() as exchange:
                check(exchange, companies)
        except BridgeError as error:
            return False, str(error)
        return True, f"Server, key and login are right; folders of {', '.join(companies)} can be read and written."

    def _companies(self) -> list[str]:
        named = str(self.get_connection(self.conn_id).extra_dejson.get("companies") or "")
        found = [company.strip() for company in named.split(",") if company.strip()]
        if not found:
            raise BadConfig(
                "RS-127",
                "the connection names no company",
                record=f"connection {self.conn_id}, field companies",
                expected="ids by comma, such as AW, BPI",
                do="name the companies whose files this server carries",
            )
        return found


def check(exchange: Exchange, companies: Sequence[str]) -> None:
    """Look into every folder of the companies and write a probe where we have to write; it is taken away again.

    Raises:
        BadConfig: RS-121 to RS-123 host key, login or key; RS-128 a folder is missing or may not be used; RS-129
            nothing answers there.
    """
    try:
        exchange.stat(".")
    except Transient as error:
        raise BadConfig(
            "RS-129",
            "no SFTP server answers",
            record=str(error).partition("record: ")[2].partition(";")[0],
            expected="an SFTP server",
            found=_cause(error),
            do="check host, port, name service and firewall from the workers",
        ) from error
    for company in companies:
        for folder in (*READ_FOLDERS, *WRITTEN_FOLDERS):
            check_folder(exchange, f"{company}/{folder}", is_written=folder in WRITTEN_FOLDERS)


def check_folder(exchange: Exchange, folder: str, *, is_written: bool) -> None:
    """Look into a folder and, where we write, write a probe, rename it and take it away, under names nobody reads.

    Raises:
        BadConfig: RS-128 it is missing or may not be used.
    """
    try:
        if exchange.stat(folder) is None:
            raise _unusable(folder, "no such folder", "have it made on the server, with its name exactly so")
        exchange.listing(folder)
    except Transient as error:
        raise _unusable(folder, _cause(error), "let the login read this folder") from error
    if not is_written:
        return
    # Nobody reads a name like this: uploads that are under way are called so.
    probe = f"{folder}/connection_test.part.{secrets.token_hex(8)}"
    renamed = f"{probe}.renamed"
    step = "write"
    try:
        exchange.write(probe, b"connection test\n")
        step = "rename"
        exchange.rename(probe, renamed)
        step = "remove"
        exchange.remove(renamed)
    except Transient as error:
        with contextlib.suppress(Transient):
            exchange.remove(probe)
        do = f"let the login write, rename and remove files in this folder; it could not {step}"
        raise _unusable(folder, _cause(error), do) from error


def _unusable(folder: str, found: str, do: str) -> BadConfig:
    return BadConfig(
        "RS-128", "a folder on the SFTP server cannot be used", record=folder, expected="a folder", found=found, do=do
    )


def _cause(error: Transient) -> str:
    if isinstance(error.__cause__, asyncssh.SFTPPermissionDenied):
        return "permission denied"
    return str(error).partition("found: ")[2].partition("; next step")[0]
