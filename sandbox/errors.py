"""The one error of the stand-in: a sentence for a person, shown without a traceback."""

from __future__ import annotations


class SandboxError(Exception):
    """A request that cannot be done; the message says what, where, what was expected, what was found, what to do."""

    def __init__(
        self, what: str, *, where: str = "", expected: str = "", found: str | None = None, do: str = ""
    ) -> None:
        """Compose the sentence from its parts; `found` None and other parts empty are left out."""
        self.what = what
        parts = [f"{where}: {what}" if where else what]
        if found is not None:
            parts.append(f"found {found!r}")
        if expected:
            parts.append(f"expected {expected}")
        sentence = ", ".join(parts)
        super().__init__(f"{sentence}; {do}." if do else f"{sentence}.")
