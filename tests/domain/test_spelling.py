"""Typos are forgiven within bounds."""

import pytest
from hypothesis import given, strategies as st

from todo_mcp.domain.spelling import (
    allowed_typos,
    closest,
    distance,
    keys,
    part_keys,
    typo_keys,
)

LETTERS = st.characters(categories=("Ll",), max_codepoint=0x17F)
WORD = st.text(LETTERS, min_size=3, max_size=16)


def _edit(draw: st.DrawFn, word: str) -> str:
    at = draw(st.integers(0, max(len(word) - 2, 0)))
    letter = draw(LETTERS)
    return draw(
        st.sampled_from(
            [
                word[:at] + letter + word[at:],
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
                word + letter,
            ]
        )
    )


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, str]:
    word = draw(WORD)
    wrong = _edit(draw, word)
    if allowed_typos(wrong) > 1 and draw(st.booleans()):
        wrong = _edit(draw, wrong)
    return word, wrong


@given(misspelt())
def test_a_word_within_the_typos_allowed_shares_a_key(pair: tuple[str, str]) -> None:
    word, wrong = pair
    within = distance(wrong, word, 2) <= allowed_typos(wrong)
    if within and len(wrong) > 2:
        assert set(typo_keys(1, wrong)) & set(keys(1, word))


@given(WORD, st.integers(0, 12), st.integers(3, 8))
def test_a_part_of_a_word_shares_its_keys(word: str, start: int, length: int) -> None:
    part = word[start : start + length]
    if len(part) > 2:
        assert set(part_keys(1, part)) <= set(keys(1, word))


def test_a_space_shares_no_keys_with_another() -> None:
    assert not set(keys(1, "blueberry")) & set(keys(11, "blueberry"))


@pytest.mark.parametrize("word", ["2026", "q3", "牛乳", "x" * 30])
def test_numbers_scripts_without_spaces_and_very_long_words_have_no_typos(word: str) -> None:
    assert typo_keys(1, word) == []


@pytest.mark.parametrize(
    ("left", "right", "typos"),
    [
        ("milk", "milk", 0),
        ("mlik", "milk", 1),
        ("mil", "milk", 1),
        ("millk", "milk", 1),
        ("mold", "milk", 2),
        ("ca", "abc", 3),
        ("", "milk", 3),
    ],
)
def test_a_swap_of_neighbours_is_one_typo(left: str, right: str, typos: int) -> None:
    assert distance(left, right, 2) == typos


def test_the_closest_words_come_best_first() -> None:
    assert closest("milkk", ["silk", "milk", "milky"], 5) == ["milky", "milk"]
    assert closest("blubery", ["blueberry", "bluebell"], 5) == []
    assert closest("blubeery", ["blueberry", "bluebell"], 5) == ["blueberry"]
