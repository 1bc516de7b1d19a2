"""Feeds that lie sealed in the warehouse, in the place of files on a partner's server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sage_hooks.exchange import Entry

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping


class SealedFeeds:
    """Sealed feeds in the place of a partner's folder; they have come already, so nothing is slow or too large."""

    def __init__(self, files: Mapping[str, tuple[bytes, int]]) -> None:
        """Take files by path, each with the time it was sealed (seconds since 1970)."""
        self._files = files

    def listing(self, folder: str) -> list[Entry]:
        """Give what lies in a folder, by name."""
        names = [path.rpartition("/") for path in self._files]
        return [self._entry(f"{place}/{name}") for place, _, name in sorted(names) if place == folder]

    def read(self, path: str, limit: int, seconds: float) -> bytes:  # noqa: ARG002 - as of a file server
        """Give a file."""
        return self._files[path][0]

    def chunks(self, path: str, limit: int, seconds: float) -> Generator[bytes, None, None]:  # noqa: ARG002 - as of a file server
        """Give a file in one piece."""
        yield self._files[path][0]

    def _entry(self, path: str) -> Entry:
        content, sealed_at = self._files[path]
        return Entry(path.rpartition("/")[2], len(content), sealed_at, is_regular=True)
