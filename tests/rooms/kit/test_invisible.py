from service.kit.invisible import strip_invisible


def test_a_pasted_address_loses_what_nobody_sees() -> None:
    pasted = " \u202aawa@example.com\u202c\u200b\ufeff "

    assert strip_invisible(pasted) == "awa@example.com"


def test_letters_and_inner_spaces_stay() -> None:
    assert strip_invisible("Awa Diallo é") == "Awa Diallo é"
