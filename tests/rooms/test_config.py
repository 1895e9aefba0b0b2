"""A wrong setting stops the start with a sentence that names it and shows no secret."""

from datetime import date

import pytest

from service.config import load_settings
from service.kit.errors import Misconfigured


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("publication_language", "klingon", "'fr', 'en', 'pt' or 'ar'"),
        ("log_level", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("confirm_valid_for", "-P3D", "such as P3D for three days"),
        ("confirm_valid_for", "soon", "see .env.example"),
        ("bounce_domain", "not a domain", "such as bounces.example.org"),
        ("bounce_domain", "", "such as bounces.example.org"),
        ("forwarded_allow_ips", "my-proxy", "such as 127.0.0.1,10.0.0.0/8"),
        ("public_url", "https://", "such as https://newsletters.example.org"),
        ("public_url", "https://a.example/?x=1", "such as https://newsletters.example.org"),
        ("public_url", "https://a b.example/", "such as https://newsletters.example.org"),
        ("public_url", "https://example.org/lettres", "must have no path"),
        ("public_url", "https://example.org:99999", "such as https://newsletters.example.org"),
        ("public_url", "https://bücher.example", "in ASCII letters"),
        ("public_url", "https://awa:pw@a.example", "such as https://newsletters.example.org"),
        ("warm_up", "example.org", "such as example.org@2026-11-20"),
        ("warm_up", "example.org@tomorrow", "such as example.org@2026-11-20"),
        ("warm_up", "exa mple@2026-11-20", "such as example.org@2026-11-20"),
        ("uncertain", "maybe", "'retry' or 'leave'"),
        ("pause_at_policy", "-1", "greater than or equal to 0"),
        ("pause_at_complaints", "nan", "finite"),
        ("pause_at_hard_bounces", "101", "less than or equal to 100"),
        ("warm_up", "@2026-11-20", "such as example.org@2026-11-20"),
        ("listen", "127.0.0.1:²", "must be host:port"),
        ("publication_time_zone", "Europe", "such as Africa/Abidjan"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_do(name: str, value: str, advice: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        load_settings(**{name: value})

    assert str(refused.value).startswith(f"CRIEUR_{name.upper()} ")
    assert advice in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("forwarded_allow_ips", "*"),
        ("forwarded_allow_ips", "127.0.0.1, 10.0.0.0/8,::1"),
        ("public_url", "http://[::1]:8080"),
        ("public_url", "https://lettres.example.org/"),
        ("bounce_domain", "localhost"),
        ("confirm_valid_for", "PT36H"),
    ],
)
def test_an_unusual_value_is_taken(name: str, value: str) -> None:
    assert str(getattr(load_settings(**{name: value}), name))


@pytest.mark.parametrize(
    ("listen", "public_url"),
    [
        ("127.0.0.1:8080", "http://localhost:8080"),
        ("127.0.0.1:9000", "http://localhost:9000"),
        ("0.0.0.0:80", "http://localhost"),
        ("[::]:8081", "http://localhost:8081"),
        ("[::1]:8081", "http://[::1]:8081"),
        ("::1:8081", "http://[::1]:8081"),
        ("192.0.2.5:8080", "http://192.0.2.5:8080"),
    ],
)
def test_links_lead_to_where_we_listen_unless_they_are_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, listen: str, public_url: str
) -> None:
    monkeypatch.setenv("CRIEUR_LISTEN", listen)
    monkeypatch.setenv("CRIEUR_PUBLIC_URL", "")

    unset = load_settings()
    monkeypatch.setenv("CRIEUR_PUBLIC_URL", "https://lettres.example.org")
    told = load_settings()

    assert unset.public_url == public_url
    assert told.public_url == "https://lettres.example.org"


def test_a_wrong_place_to_listen_is_what_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRIEUR_LISTEN", "8080")

    with pytest.raises(Misconfigured, match=r"^CRIEUR_LISTEN must be host:port"):
        load_settings()


def test_a_name_without_a_value_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "CRIEUR_PACING_FILE",
        "CRIEUR_DATA_DIR",
        "CRIEUR_SMTP_URL",
        "CRIEUR_LEASE_SECONDS",
    ):
        monkeypatch.setenv(name, "")

    settings = load_settings()

    assert settings.pacing_file is None
    assert settings.data_dir.is_absolute()
    assert settings.smtp_url == []
    assert settings.lease_seconds == 120


def test_new_senders_are_read_with_their_first_day_and_off_is_nobody() -> None:
    some = load_settings(warm_up="Example.org@2026-11-20 news.example.com@2026-12-01")

    assert some.warm_up == {
        "example.org": date(2026, 11, 20),
        "news.example.com": date(2026, 12, 1),
    }
    assert load_settings(warm_up="off").warm_up == {}


@pytest.mark.parametrize(
    "written",
    [
        " https://lettres.example.org/ ",
        "HTTPS://Lettres.Example.org//",
        "https://LETTRES.example.org",
    ],
)
def test_a_public_address_is_kept_in_one_form(written: str) -> None:
    assert load_settings(public_url=written).public_url == "https://lettres.example.org"
