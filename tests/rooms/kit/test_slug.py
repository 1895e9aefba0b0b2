import pytest

from service.kit.slug import slugify


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Économie & Société", "economie-societe"),
        ("  Œuvre d'art ", "oeuvre-d-art"),
        ("A", "a"),
        ("新聞", "新聞"),
        ("…", ""),
    ],
)
def test_equal_names_give_equal_keys(name: str, expected: str) -> None:
    assert slugify(name) == expected
