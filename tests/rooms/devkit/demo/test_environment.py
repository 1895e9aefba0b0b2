"""Where the demonstration plays."""

import subprocess
from pathlib import Path

import pytest

from service.devkit.demo.environment import (
    REMEMBERED,
    DemoEnvironment,
    DemoServers,
    prepare_environment,
)
from service.devkit.ports import PortClaims


def a_scene(folder: Path, claims: PortClaims) -> DemoEnvironment:
    ground = DemoServers(
        database_url="postgresql://nowhere/crieur",
        redis_url="redis://127.0.0.1:1/0",
        secret="s" * 32,
        folder=folder,
    )
    return prepare_environment(ground, claims, publish_every=1, tick_seconds=1)


def ports_of(scene: DemoEnvironment) -> list[int]:
    return [scene.web_port, scene.inbox_port, scene.smtp_port, scene.site_port]


def test_links_in_old_mails_still_lead_somewhere_after_a_restart(tmp_path: Path) -> None:
    with PortClaims() as elsewhere:
        for preferred in (8080, 8081, 8082):
            elsewhere.claim(preferred)
        with PortClaims() as claims:
            first = a_scene(tmp_path, claims)

    with PortClaims() as claims:
        again = a_scene(tmp_path, claims)

    assert ports_of(again) == ports_of(first)
    assert again.settings.public_url == first.settings.public_url


def test_a_shell_that_reads_the_settings_has_them(tmp_path: Path) -> None:
    """With the data folder alone a command had no relay, and refused the demonstration's feeds."""
    folder = tmp_path / "it's here"
    folder.mkdir()
    with PortClaims() as claims:
        scene = a_scene(folder, claims)

    script = '. "$0"; printf "%s|%s" "$CRIEUR_DATA_DIR" "$CRIEUR_SMTP_URL"'
    ended = subprocess.run(
        ["sh", "-c", script, scene.write_shell_settings()],
        capture_output=True,
        text=True,
        check=True,
    )

    relay = scene.settings.smtp_url[0].get_secret_value()
    assert ended.stdout == f"{folder}|{relay}"


@pytest.mark.parametrize("text", ["", "8080 8081", "80 81 82 83 84", "a b c d e", "99999 " * 5])
def test_a_damaged_memory_of_ports_is_forgotten(tmp_path: Path, text: str) -> None:
    (tmp_path / REMEMBERED).write_text(text, "ascii")

    with PortClaims() as claims:
        scene = a_scene(tmp_path, claims)

    assert all(port >= 2525 for port in ports_of(scene))
    assert len(set(ports_of(scene))) == 4
