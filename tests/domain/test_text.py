"""What text is stored and how words are found in it."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from todo_mcp.domain.text import (
    clean_comment,
    clean_line,
    clean_notes,
    clean_tag,
    clean_tags,
    clean_title,
    fold,
    pieces,
    same,
    words,
)
from todo_mcp.errors import LimitError, RuleError, TodoError

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=80)


@pytest.mark.parametrize(
    "title", ["null", "[1]", "{x}", "  two  spaces ", "a\nb\tc", "0", "x" * 500, "👩‍👩‍👧 family"]
)
def test_a_title_is_kept_verbatim(title: str) -> None:
    assert clean_title(title) == title


@pytest.mark.parametrize("title", ["a\0b", "a\x07b", "a\x7fb", "a\x85b", "a\rb", "a\ud83db"])
def test_a_title_with_a_control_character_or_half_a_character_is_refused(title: str) -> None:
    with pytest.raises(RuleError, match=r"^title: .* Leave it out|^title: has half"):
        clean_title(title)


@pytest.mark.parametrize("title", ["", " ", "\n\t", "\u202e\u2066", "\U000e0041"])
def test_a_title_without_anything_to_see_is_refused(title: str) -> None:
    with pytest.raises(RuleError, match=r"^title: is empty"):
        clean_title(title)


def test_a_title_has_at_most_500_characters() -> None:
    with pytest.raises(LimitError, match=r"^title: 501 characters; at most 500"):
        clean_title("x" * 501)


def test_invisible_bidi_and_tag_characters_are_taken_out() -> None:
    hidden = "\u061c\u200e\u200f\u202a\u202e\u2066\u2069\U000e0041\U000e007f"
    assert clean_title(f"pay{hidden} rent") == "pay rent"
    assert clean_notes(f"pay{hidden} rent") == "pay rent"
    assert clean_title("می\u200cخواهم") == "می\u200cخواهم"


def test_notes_may_be_empty_and_hold_control_characters_but_no_nul() -> None:
    assert clean_notes("") == ""
    assert clean_notes("a\r\nb\x1b[1m") == "a\r\nb\x1b[1m"
    with pytest.raises(RuleError, match=r"^notes: has a NUL"):
        clean_notes("a\0")
    with pytest.raises(LimitError, match=r"^notes: 50,001"):
        clean_notes("x" * 50_001)


def test_a_comment_says_something() -> None:
    assert clean_comment(" fine\n") == " fine\n"
    with pytest.raises(RuleError, match=r"^text: is empty"):
        clean_comment(" \n")
    with pytest.raises(LimitError, match=r"^text: 10,001"):
        clean_comment("x" * 10_001)


def test_a_name_is_one_line_without_spaces_around_it() -> None:
    assert clean_line("  Side project ", "name") == "Side project"
    for wrong in ("a\nb", "a\tb", "a\u2028b"):
        with pytest.raises(RuleError, match=r"^name: has the control"):
            clean_line(wrong, "name")
    with pytest.raises(RuleError, match=r"^name: is empty"):
        clean_line(" \n", "name")


@pytest.mark.parametrize(
    "tag", ["home", "Büro", "牛乳", "q3-2026", "a/b_c", "हिन्दी", "e\u0301te\u0301", "x" * 50]
)
def test_a_tag_has_letters_of_any_script(tag: str) -> None:
    assert clean_tag(tag) == tag


@pytest.mark.parametrize("tag", ["", "#home", "two words", "a,b", "a:b", "-", "/", "a\nb", "🎉"])
def test_what_is_no_tag_is_refused_with_what_a_tag_has(tag: str) -> None:
    with pytest.raises(RuleError, match=r"^tags: .* is not a tag\. A tag has letters"):
        clean_tag(tag)


def test_tags_that_differ_in_case_only_are_one() -> None:
    assert clean_tags(["Home", "work", "HOME", "STRASSE", "straße"]) == ["Home", "work", "STRASSE"]
    with pytest.raises(LimitError, match=r"^tags: 21 tags"):
        clean_tags(f"t{n}" for n in range(21))
    with pytest.raises(LimitError, match=r"^tags: 51 characters"):
        clean_tag("x" * 51)


def test_names_are_compared_without_case_but_with_accents() -> None:
    assert same("Büro") == same("BÜRO") == same("bu\u0308ro") != same("buro")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Crème Brûlée", "creme brulee"),
        ("STRASSE straße", "strasse strasse"),
        ("Łódź Ærø Đà İzmir ılık", "lodz aero da izmir ilik"),
        ("Ёлка Йод", "елка иод"),
        ("Ἀθῆναι", "αθηναι"),
        ("ｆｕｌｌ ﬁn", "full fin"),
        ("مُحَمَّد", "محمد"),
        ("が か ｶﾞ", "が か ガ"),
        ("हिन्दी", "हिन्दी"),
        ("한국어", "한국어"),
    ],
)
def test_accents_and_case_do_not_matter(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(ANY_TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY_TEXT)
def test_words_are_found_again_in_themselves(text: str) -> None:
    for piece in pieces(text):
        assert pieces(piece) == [piece]


@given(ANY_TEXT)
def test_text_composed_differently_has_the_same_words(text: str) -> None:
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


@given(ANY_TEXT)
def test_any_text_is_stored_or_refused(text: str) -> None:
    for clean in (clean_title, clean_notes, clean_comment, clean_tag):
        try:
            kept = clean(text)
        except TodoError:
            continue
        kept.encode()
        assert clean(kept) == kept


def test_words_are_runs_of_letters_and_digits() -> None:
    assert words("Don't e-mail bob@x.org at 10:30!") == [
        "don", "t", "e", "mail", "bob", "x", "org", "at", "10", "30",
    ]  # fmt: skip
    assert words("party 🎉👍🏽") == ["party", "🎉", "👍"]
    assert words("soft\u00adhyphen") == ["softhyphen"]
    assert words(" .,;-_ ") == []


def test_scripts_without_spaces_give_pairs() -> None:
    assert words("牛乳を買う") == ["牛乳", "乳を", "を買", "買う", "う"]
    assert words("iPhone手机") == ["iphone", "手机", "机"]
    assert words("นม x") == ["นม", "ม", "x"]


def test_a_word_is_cut_at_50_letters() -> None:
    assert words("x" * 80) == ["x" * 50]
