"""Go-live checks of the hosted service: login, rights by resource, and versions that went back, over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ops.companies import default_profile, hosted_profile
from ops.paths import REPOSITORY
from sage_hooks.go_live_hosted import hosted_checks
from sage_hooks.hosted_pull import take_hosted
from sage_hooks.inbound import require_landed
from tests.hooks.hosted_place import served

if TYPE_CHECKING:
    from pathlib import Path

    from sage_hooks.warehouse import Connection


def test_login_rights_and_versions(warehouse: Connection, company: str, tmp_path: Path) -> None:
    profile = hosted_profile(default_profile(company))
    with served(tmp_path / "hosted", REPOSITORY / "include" / "scenario", company, page_size=100) as hosted:

        def red(**changes: str) -> dict[str, str]:
            checks = hosted_checks(warehouse, lambda _: hosted.api(**changes), profile)
            return {check.name: check.found for check in checks if check.state == "failed"}

        assert red() == {}
        assert list(red(password="wrong")) == ["hosted.login"]
        with hosted.api() as api:
            require_landed(take_hosted(warehouse, api, company, ("JOB", "VENDOR")))
        assert red() == {}, "the service stands where we have read to"
        warehouse.execute("update landing.hosted_cursor set version = version + 1000000 where resource = 'vendors'")
        warehouse.commit()
        assert list(red()) == ["hosted.version vendors"]
        few = replace(profile, hosted=replace(profile.hosted, serves=()))
        names = {check.name for check in hosted_checks(warehouse, lambda _: hosted.api(), few)}
        assert "hosted.right jobs" in names
        assert "hosted.right transactions" not in names
