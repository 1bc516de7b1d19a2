"""The agent's configuration: one JSON file, read strictly.

Every key is known or the file is refused, because a misspelt key would switch a guard off unseen.
Relative paths are relative to the configuration file, since a Windows service starts anywhere.
`docs/agent.md` holds the reference of all keys.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agent.layouts import LAYOUTS, OUTBOUND, Layout
from agent.sections import Section, read_document
from sage_bridge.feeds import FEEDS
from sage_bridge.sealing import Agreement

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}", re.ASCII)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", re.ASCII)
_SECONDS_PER_DAY = 86400.0
# Sage's print file is not documented publicly: these fit the sandbox, a real one is set once its first print is seen.
PRINT_SUMMARY = r"^Entries accepted: (?P<accepted>\d+)$[\s\S]*?^Lines rejected: (?P<rejected>\d+)$"
PRINT_MESSAGE = r"^Line (?P<line>\d+) rejected: (?P<message>.*)$"


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Where Sage's tables are read.

    `tables` renames a flow's table, `columns` says from which source columns a feed column is made:
    none = the column does not exist there (empty), several = joined by `-`.
    """

    kind: Literal["sqlite", "odbc"]
    path: Path | None
    connection_string: str
    char_encoding: str
    timeout_seconds: float
    tables: Mapping[str, str]
    columns: Mapping[str, Mapping[str, tuple[str, ...]]]
    flows_off: frozenset[str]


@dataclass(frozen=True, slots=True)
class SftpConfig:
    """The file server; `host_key` is the pinned public key, there is no way to switch the check off.

    `next_host_key` is accepted too, while the server's key is being changed; '' = none.
    """

    host: str
    port: int
    user: str
    key_file: Path
    host_key: str
    next_host_key: str
    root: str
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class SealConfig:
    """Files that are sealed by OpenPGP: the folder of the keys and the flows; as the bridge's connection has them."""

    folder: Path
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class PrintConfig:
    """How to read Sage's import print file; see `evidence.py` for the groups of both patterns."""

    encoding: str
    summary: re.Pattern[str]
    message: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class ImportConfig:
    """How import files are guarded and handed to Sage; an empty macro means that a person imports."""

    inbox_dir: Path
    flows: tuple[str, ...]
    macro: tuple[str, ...]
    macros: Mapping[str, tuple[str, ...]]
    cwd: Path
    timeout_seconds: float
    quiet_seconds: float
    stop_seconds: float
    retry_seconds: float
    max_attempts: int
    file_name: str
    reject_name: str
    print_name: str
    layouts: Mapping[str, Layout]
    prints: PrintConfig
    check_sage: bool
    gap_patience_seconds: float
    settle_seconds: float
    max_bytes: int

    def macro_of(self, flow: str) -> tuple[str, ...]:
        """Give the macro of a flow: its own, else the common one for direct-cost layouts."""
        return self.macros.get(flow, self.macro if flow in ("DC", "ADJ") else ())

    def can_look(self, flow: str, layout: Layout) -> bool:
        """Tell whether a flow's lines can be found in Sage: direct-cost rows carry our reference in `Ref_1`."""
        return self.check_sage and flow in ("DC", "ADJ") and layout.reference == "ref_1"


@dataclass(frozen=True, slots=True)
class PostConfig:
    """The macro that runs Sage's Post Entries; empty = a person posts."""

    macro: tuple[str, ...]
    cwd: Path
    timeout_seconds: float
    retry_seconds: float


@dataclass(frozen=True, slots=True)
class Config:
    """Everything one agent needs; one agent serves one company in one environment."""

    company: str
    environment: Literal["PROD", "TEST"]
    zone: str
    encoding: Literal["utf-8", "cp1252"]
    importer: str
    state_dir: Path
    receipts_dir: Path
    source: SourceConfig
    sftp: SftpConfig
    openpgp: SealConfig | None
    imports: ImportConfig
    post: PostConfig
    poll_seconds: float
    schedule: Mapping[str, float]
    extract_after_import: tuple[str, ...]
    skip_unchanged: bool

    @property
    def flows(self) -> tuple[str, ...]:
        """Flows that this source offers, in the order of the feeds."""
        return tuple(flow for flow in FEEDS if flow not in self.source.flows_off)


def load(path: Path) -> Config:
    """Read and check a configuration file; raises BadConfig RS-160 naming the key at fault."""
    root = Section(read_document(path), "", path)
    company = root.text("company", pattern=r"[A-Z0-9]{1,10}")
    config = Config(
        company=company,
        environment="TEST" if root.choice("environment", ("PROD", "TEST")) == "TEST" else "PROD",
        zone=root.text("zone"),
        encoding="cp1252" if root.choice("encoding", ("utf-8", "cp1252"), "utf-8") == "cp1252" else "utf-8",
        importer=root.text("importer", "runblu-agent"),
        state_dir=root.path("state_dir"),
        receipts_dir=root.path("receipts_dir"),
        source=_source(root.section("source")),
        sftp=_sftp(root.section("sftp")),
        openpgp=_seals(root.section("openpgp", optional=True)),
        imports=_imports(root.section("import")),
        post=_post(root.section("post", optional=True)),
        poll_seconds=root.seconds("poll_seconds", 0.5),
        schedule=_schedule(root.section("schedule", optional=True)),
        extract_after_import=root.words("extract_after_import", ("JCN", "JCT"), allowed=tuple(FEEDS)),
        skip_unchanged=root.flag("skip_unchanged", default=True),
    )
    root.finish()
    hidden = sorted(config.source.flows_off & {"JCN", "JCT"})
    if config.imports.check_sage and hidden:
        raise root.refusal("source.flows_off", "flows JCN and JCT on, which import.check_sage reads", ", ".join(hidden))
    return config


def _source(section: Section) -> SourceConfig:
    kind = section.choice("kind", ("sqlite", "odbc"))
    config = SourceConfig(
        kind="odbc" if kind == "odbc" else "sqlite",
        path=section.path("path") if kind == "sqlite" else None,
        connection_string=_with_environment(section.text("connection_string"), section) if kind == "odbc" else "",
        char_encoding=section.text("char_encoding", "cp1252"),
        timeout_seconds=section.seconds("timeout_seconds", 60.0),
        tables=_tables(section.section("tables", optional=True)),
        columns=_columns(section.section("columns", optional=True)),
        flows_off=frozenset(section.words("flows_off", (), allowed=tuple(FEEDS))),
    )
    section.finish()
    return config


def _tables(section: Section) -> dict[str, str]:
    tables = {flow: _identifier(section, flow, section.text(flow)) for flow in section.names(tuple(FEEDS))}
    section.finish()
    return tables


def _columns(section: Section) -> dict[str, dict[str, tuple[str, ...]]]:
    overrides = {}
    for flow in section.names(tuple(FEEDS)):
        inner = section.section(flow)
        overrides[flow] = {
            name: tuple(_identifier(inner, name, part) for part in inner.words(name, ()))
            for name in inner.names(FEEDS[flow].names)
        }
        inner.finish()
    section.finish()
    return overrides


def _identifier(section: Section, name: str, value: str) -> str:
    if not _IDENTIFIER.fullmatch(value):
        raise section.refusal(name, "a name of letters, digits and underscores", value)
    return value


def _with_environment(text: str, section: Section) -> str:
    """Put environment variables in place of `${NAME}`, so that the password stays out of the file."""

    def value_of(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise section.refusal("connection_string", f"environment variable {match[1]} set", "not set")
        return os.environ[match[1]]

    return _VARIABLE.sub(value_of, text)


def _sftp(section: Section) -> SftpConfig:
    config = SftpConfig(
        host=section.text("host"),
        port=section.whole("port", 22),
        user=section.text("user"),
        key_file=section.path("key_file"),
        host_key=section.text("host_key"),
        next_host_key=section.text("next_host_key", ""),
        root=section.text("root", ".").rstrip("/") or "/",
        timeout_seconds=section.seconds("timeout_seconds", 30.0),
    )
    section.finish()
    return config


def _seals(section: Section) -> SealConfig | None:
    flows, folder = section.words("flows", ()), section.path("folder", optional=True)
    section.finish()
    return SealConfig(folder, Agreement.of(" ".join(flows), "openpgp.flows")) if flows else None


def _imports(section: Section) -> ImportConfig:
    flows = section.words("flows", ("DC", "ADJ", "RCV"), allowed=OUTBOUND)
    inner = section.section("layouts", optional=True)
    layouts = dict(LAYOUTS)
    for flow in inner.names(OUTBOUND):
        layouts[flow] = Layout.of(inner.raw(flow), inner, flow)
    inner.finish()
    for flow in flows:
        if flow not in layouts:
            raise section.refusal("layouts", f"a layout for flow {flow}, which is in flows", "none")
    macros = section.section("macros", optional=True)
    own = {flow: macros.words(flow, ()) for flow in macros.names(OUTBOUND)}
    macros.finish()
    config = ImportConfig(
        inbox_dir=section.path("inbox_dir"),
        flows=flows,
        macro=section.words("macro", ()),
        macros=own,
        cwd=section.path("cwd", optional=True),
        timeout_seconds=section.seconds("timeout_seconds", 600.0),
        quiet_seconds=section.seconds("quiet_seconds", 10.0),
        stop_seconds=section.seconds("stop_seconds", 20.0),
        retry_seconds=section.seconds("retry_seconds", 60.0),
        max_attempts=section.whole("max_attempts", 3),
        file_name=section.text("file_name", "{name}"),
        reject_name=section.text("reject_name", "{name}.reject"),
        print_name=section.text("print_name", "{name}.print"),
        layouts=layouts,
        prints=_prints(section.section("print", optional=True)),
        check_sage=section.flag("check_sage", default=True),
        gap_patience_seconds=section.seconds("gap_patience_seconds", _SECONDS_PER_DAY),
        settle_seconds=section.seconds("settle_seconds", 10.0),
        max_bytes=section.whole("max_bytes", 64 * 1024 * 1024),
    )
    section.finish()
    return config


def _prints(section: Section) -> PrintConfig:
    config = PrintConfig(
        encoding=section.text("encoding", "cp1252"),
        summary=section.regex("summary", PRINT_SUMMARY, groups=("accepted", "rejected")),
        message=section.regex("message", PRINT_MESSAGE, groups=("message",)),
    )
    section.finish()
    return config


def _post(section: Section) -> PostConfig:
    config = PostConfig(
        macro=section.words("macro", ()),
        cwd=section.path("cwd", optional=True),
        timeout_seconds=section.seconds("timeout_seconds", 600.0),
        retry_seconds=section.seconds("retry_seconds", 60.0),
    )
    section.finish()
    return config


def _schedule(section: Section) -> dict[str, float]:
    schedule = {flow: section.seconds(flow, 0.0) for flow in section.names(tuple(FEEDS))}
    section.finish()
    return {flow: seconds for flow, seconds in schedule.items() if seconds > 0}
