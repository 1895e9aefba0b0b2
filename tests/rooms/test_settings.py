"""A wrong setting stops the start with a sentence that names it and shows no secret."""

import pytest
from pydantic import SecretStr

from service.boot import build
from service.config import load_settings
from service.kit.errors import Misconfigured


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("publication_language", "klingon", "'fr' or 'en'"),
        ("log_level", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("confirm_valid_for", "-P3D", "such as P3D for three days"),
        ("confirm_valid_for", "soon", "see .env.example"),
        ("bounce_domain", "not a domain", "such as bounces.example.org"),
        ("bounce_domain", "", "such as bounces.example.org"),
        ("forwarded_allow_ips", "my-proxy", "such as 127.0.0.1,10.0.0.0/8"),
        ("public_url", "https://", "such as https://newsletters.example.org"),
        ("public_url", "https://a.example/?x=1", "such as https://newsletters.example.org"),
        ("public_url", "https://a b.example/", "such as https://newsletters.example.org"),
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
        ("public_url", "https://example.org/lettres"),
        ("bounce_domain", "localhost"),
        ("confirm_valid_for", "PT36H"),
    ],
)
def test_an_unusual_value_is_taken(name: str, value: str) -> None:
    assert str(getattr(load_settings(**{name: value}), name))


@pytest.mark.parametrize(
    ("database", "redis", "named"),
    [
        ("postgresql://crieur:sesame@db:port/crieur", "redis://127.0.0.1:1", "DATABASE"),
        ("postgresql://crieur@db/crieur", "redis://:sesame@127.0.0.1:port", "REDIS"),
        ("postgresql://crieur@db/crieur", "redis://:sesame@[127.0.0.1:1", "REDIS"),
        ("postgresql://crieur@db/crieur", "redis://:sesame@127.0.0.1:1?foo=bar", "REDIS"),
    ],
)
def test_an_address_that_cannot_be_read_is_named_and_not_shown(
    database: str, redis: str, named: str
) -> None:
    settings = load_settings(
        database_url=SecretStr(database),
        redis_url=SecretStr(redis),
        secret_key=[SecretStr("s" * 32)],
    )

    with pytest.raises(Misconfigured, match=f"CRIEUR_{named}_URL is not an address") as refused:
        build(settings)

    assert "sesame" not in str(refused.value)
