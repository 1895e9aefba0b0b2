from service.rendering.inline import DOCTYPE, inline_styles, serialise_text


def test_style_rules_move_into_the_elements_and_media_queries_stay() -> None:
    page = (
        "<!DOCTYPE html><html><head><style>p { color: #123456; }</style>"
        '<style data-premailer="ignore">@media (max-width: 600px) { p { color: red; } }</style>'
        "</head><body><p>Bonjour</p></body></html>"
    )

    inlined = inline_styles(page)

    assert inlined.startswith(f"{DOCTYPE}\n<html>")
    assert '<p style="color:#123456">Bonjour</p>' in inlined.replace(": #", ":#")
    assert "@media (max-width: 600px)" in inlined


def test_a_text_is_escaped_as_in_an_inlined_page() -> None:
    assert serialise_text("Awa & Yao <é>") == "Awa &amp; Yao &lt;é&gt;"
