from service.kit.paging import make_page


def test_a_page_knows_where_the_next_one_starts() -> None:
    rows = ["a", "b", "c"]

    page = make_page(rows, [1, 2, 3], size=2)

    assert (page.rows, page.after) == (["a", "b"], 2)


def test_the_last_page_has_no_next_one() -> None:
    page = make_page(["a", "b"], [1, 2], size=2)

    assert (page.rows, page.after) == (["a", "b"], None)
