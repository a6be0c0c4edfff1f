import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from starsieve.archive.texts import Texts

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6)


@given(st.lists(words, max_size=12), words)
def test_texts_contain_what_each_of_them_contains(texts: list[str], wanted: str) -> None:
    folded = [text.lower().replace("\n", " ") for text in texts]

    found = Texts(texts).contain(wanted)

    assert found.tolist() == [wanted.lower().replace("\n", " ") in text for text in folded]


def test_a_word_is_not_found_across_two_texts() -> None:
    assert not Texts(["GJ", "229"]).contain("GJ\n229").any()
    assert not Texts(["GJ", "229"]).contain("GJ229").any()


def test_texts_are_ranked_by_the_alphabet_and_empty_ones_not_at_all() -> None:
    ranks = Texts(["gj 2", "", "GJ 10", "GJ 2"]).ranks

    assert ranks[2] < ranks[0] == ranks[3]
    assert np.isnan(ranks[1])
    assert len(Texts([]).ranks) == 0
