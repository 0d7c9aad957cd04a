"""A value is recognised however it is written, and nothing else is taken for it."""

import pytest

from dagster_project.erasure.texts import EMAIL, ID, NAME, PHONE, Texts, Value

TEXTS = Texts(
    [
        Value(EMAIL, "jane@buyer.example", "erased-1@buyer.example"),
        Value(ID, "00Q5g000001aBcDEAU", "00Qnew", is_cased=True),
        Value(ID, "0a1b-cookie", "other-cookie"),
        Value(NAME, "jane muller", "erasedname"),
        Value(PHONE, "491705550123", "erased-phone"),
    ]
)


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("'jane@buyer.example'", "'erased-1@buyer.example'"),
        ("mailto:JANE@Buyer.example.", "mailto:erased-1@Buyer.example."),
        ("/t?e=jane%40buyer.example&x=1", "/t?e=erased-1%40buyer.example&x=1"),
        ("%3Djane%2540buyer.example", "%3Derased-1%2540buyer.example"),
        ('{"e": "\\njane\\u0040buyer.example"}', '{"e": "\\nerased-1\\u0040buyer.example"}'),
        ("mary.jane@buyer.example", "mary.jane@buyer.example"),
        ("o'jane@buyer.example", "o'jane@buyer.example"),
        ("jane@buyer.example.org", "jane@buyer.example.org"),
        ("lead/00Q5g000001aBcDEAU/view", "lead/00Qnew/view"),
        ("00q5g000001abcdeau", "00q5g000001abcdeau"),
        ("cid=0A1B-Cookie", "cid=other-cookie"),
        ("Call with Jane Müller today", "Call with erasedname today"),
        ("?first=Jane%20M%C3%BCller", "?first=Jane%20M%C3%BCller"),
        ("Jane_Muller", "erasedname"),
        ("Jane Mullerson", "Jane Mullerson"),
        ("jane.muller@other.example", "jane.muller@other.example"),
        ("https://x.example/speakers/jane-muller?n=jane+muller", "https://x.example/speakers/jane-muller?n=erasedname"),
        ("+49 (170) 555-0123", "erased-phone"),
        ("0049 170 5550123", "erased-phone"),
        ("order 4917055501234", "order 4917055501234"),
    ],
)
def test_what_becomes_of_a_text(text, without):
    assert TEXTS.rewritten(text) == without


def test_parts_of_names_go_only_where_it_is_asked_for():
    texts = Texts([Value(EMAIL, "jane@buyer.example", "x@buyer.example")], [Value(NAME, "muller", "")])
    assert texts.rewritten("Muller's bread") == "Muller's bread"
    assert texts.rewritten("Muller's bread", is_own=True) == "'s bread"
