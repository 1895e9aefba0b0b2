from service.outcomes.parsing.html_text import strip_markup


def test_tags_go_and_lines_and_addresses_stay() -> None:
    markup = "<p>Not delivered:<br>&lt;awa@example.com&gt; <b>550</b>&nbsp;unknown</p>"

    lines = [line for line in strip_markup(markup).splitlines() if line]

    assert lines == ["Not delivered:", "<awa@example.com> 550 unknown"]


def test_styles_and_scripts_are_left_out() -> None:
    markup = "<style>p { color: red }</style>seen<script>alert(1)</script>"

    assert "color" not in strip_markup(markup)
    assert "alert" not in strip_markup(markup)
    assert "seen" in strip_markup(markup)


def test_a_style_that_is_never_closed_hides_nothing_and_one_within_another_ends_with_it() -> None:
    unclosed = "<style>one<style>two <p>seen</p>"
    nested = "<head><title>hidden</title><style>hidden</style></head>seen"

    assert strip_markup(unclosed).split() == ["onetwo", "seen"]
    assert strip_markup(nested) == "seen"
