"""The search for secrets finds one in every form and place; without that, finding nothing would mean nothing."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.ops.canaries import PLAIN, WORD, dump, holders, needles, plant

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection


def packed(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("approvals.csv", content)
    return buffer.getvalue()


def drawn(text: str) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=1)
    canvas.drawString(72, 720, text)
    canvas.save()
    return buffer.getvalue()


@pytest.mark.parametrize("word", [WORD, PLAIN])
@pytest.mark.parametrize(
    "form",
    [
        lambda secret: f"could not connect: password={secret} host=db".encode(),
        lambda secret: f"postgresql://pipeline:{quote(secret, safe='')}@db/warehouse".encode(),
        lambda secret: json.dumps({"error": json.dumps({"password": secret})}).encode(),
        *(lambda secret, n=n: b"x " + base64.b64encode(b"u" * n + secret.encode()) for n in range(6)),
        *(lambda secret, n=n: base64.urlsafe_b64encode(b"u" * n + secret.encode() + b"tail") for n in range(3)),
        lambda secret: b"\\x" + secret.encode().hex().encode(),
        lambda secret: packed(packed(f"secret,{secret}".encode())),
        lambda secret: drawn(f"by {secret}"),
    ],
)
def test_a_secret_is_found_in_every_form(word: str, form: object) -> None:
    assert callable(form)
    assert holders("file", form(f"{word}.pipeline.0a1b"), needles()) != []
    assert holders("file", form("another.pipeline.0a1b with nothing in it"), needles()) == []


def test_a_secret_in_a_table_is_found(warehouse: Connection) -> None:
    dsn = warehouse.info.dsn + f" password={warehouse.info.password}"
    assert holders("before", dump(dsn), needles()) == []
    warehouse.execute("create table public.told (words text, bytes bytea)")
    warehouse.execute("insert into public.told values ('', %s)", (f"is {WORD}".encode(),))
    warehouse.commit()
    assert len(holders("after", dump(dsn), needles())) == 1


def test_what_is_planted_is_what_a_state_takes(tmp_path: object) -> None:
    from pathlib import Path

    from cryptography.fernet import Fernet

    from ops.airflow_settings import fernet_key, passwords
    from ops.state import State

    folder = Path(str(tmp_path))
    plant(folder)
    assert State(folder).secret("pipeline").startswith(WORD)
    assert State(folder).secret("redis").startswith(PLAIN)
    assert holders("key", fernet_key(folder / "airflow" / "fernet.key").encode(), needles()) != []
    Fernet(fernet_key(folder / "airflow" / "fernet.key"))
    assert {password.partition(".")[0] for password in passwords(folder / "airflow").values()} == {PLAIN}
