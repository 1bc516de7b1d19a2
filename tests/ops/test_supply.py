"""What we are built of: a changed package is refused, the list of parts is whole, and no look is left out unnoticed."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from ops.paths import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

SBOM = REPOSITORY / ".ci" / "sbom"
PINS = REPOSITORY / "requirements-production.txt"
# Against the schema it is held at every real run; that takes ten times as long.
QUICK = ("--no-validate",)
PROGRAMS = REPOSITORY / ".venv" / "bin"
# Written in two parts, so that no file of ours holds a key.
SECRET = "AKIA" + "IOSFODNN7EXAMPLQ"


def wheel(folder: Path, content: str) -> str:
    """Write the wheel of a package `part`; gives its sha256."""
    file = folder / "part-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("part.py", content)
        archive.writestr("part-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: part\nVersion: 1.0\n")
        archive.writestr("part-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("part-1.0.dist-info/RECORD", "")
    return hashlib.sha256(file.read_bytes()).hexdigest()


def install(folder: Path) -> subprocess.CompletedProcess[str]:
    """Install as .ci/bootstrap does, from a folder instead of an index."""
    words = [PROGRAMS / "uv", "pip", "install", "--quiet", "--offline", "--no-index", "--no-cache"]
    words += ["--find-links", folder, "--target", folder / "made", "-r", folder / "requirements.txt"]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_a_package_that_changed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"part==1.0 \\\n    --hash=sha256:{wheel(tmp_path, 'good')}\n", "ascii")
    done = install(tmp_path)
    assert done.returncode == 0, done.stderr
    wheel(tmp_path, "changed on the way")
    shutil.rmtree(tmp_path / "made")
    done = install(tmp_path)
    assert done.returncode != 0
    assert "Hash mismatch" in done.stderr


def test_every_environment_is_installed_from_pins_with_hashes() -> None:
    pip = re.compile(r"pip install [^&|\n]*")
    for name in ("Dockerfile", ".ci/bootstrap"):
        text = (REPOSITORY / name).read_text(encoding="utf-8").replace("\\\n", " ")
        installs = [line for line in pip.findall(text) if "uv==" not in line]
        assert installs
        assert [line for line in installs if "-r " not in line] == []


def test_the_list_of_parts_is_whole(tmp_path: Path) -> None:
    made, pinned = tmp_path / "parts.json", tmp_path / "requirements.txt"
    text = "".join(re.split(r"^(?=[a-z])", PINS.read_text(encoding="utf-8"), flags=re.MULTILINE)[:25])
    pinned.write_text(text, encoding="utf-8")
    subprocess.run([SBOM, made, pinned, *QUICK], check=True, capture_output=True)
    document = json.loads(made.read_text(encoding="utf-8"))
    assert document["bomFormat"] == "CycloneDX"
    listed = {
        (part["name"], part["version"]): {one["content"] for ref in part["externalReferences"] for one in ref["hashes"]}
        for part in document["components"]
    }
    pins = re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ]+)[^\n]*\n((?:    --hash[^\n]*\n)+)", text, re.MULTILINE)
    assert len(pins) == 24
    wanted = {(name, version): set(re.findall(r"sha256:([0-9a-f]{64})", hashes)) for name, version, hashes in pins}
    assert listed == wanted
    # The same everywhere: no moment, no number of its own.
    assert not {"timestamp"} & set(document["metadata"])
    assert "serialNumber" not in document
    # The command counts, so that a part it cannot read is no gap.
    pinned.write_text(text + "part==1.0 ; python_version <> nothing\n", encoding="utf-8")
    assert subprocess.run([SBOM, made, pinned, *QUICK], check=False, capture_output=True).returncode != 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x = 1\n", ""),
        (f'KEY = "{SECRET}"\n', "AWS Access Key"),
        ("import subprocess\n\nsubprocess.run(input(), shell=True)\n", "B602"),
        ("def broken(:\n", "was not read"),
    ],
)
def test_what_is_dangerous_or_cannot_be_read_fails(tmp_path: Path, content: str, said: str) -> None:
    for name in (".ci/dangers", ".secrets.baseline", "pyproject.toml", "requirements-dev.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    for room in ("plugins", "dags", "agent", "sandbox", "ops", "verify", "include"):
        (tmp_path / room).mkdir()
    for name in ("docker-compose.yaml", "Dockerfile", "Makefile", ".env.example"):
        (tmp_path / name).touch()
    (tmp_path / ".venv").symlink_to(REPOSITORY / ".venv")
    (tmp_path / "ops" / "one.py").write_text(content, encoding="ascii")
    for _again in range(2):
        # What was found once is found again: only what is clean is not read a second time.
        done = subprocess.run([tmp_path / ".ci" / "dangers"], capture_output=True, text=True, check=False)
        assert (done.returncode == 0) is (said == ""), done.stderr
        assert said in done.stdout + done.stderr
