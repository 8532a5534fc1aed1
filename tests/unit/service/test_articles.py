"""Articles: versions, audiences, and the words by which they are found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refused
from services.service.articles.domain import (
    Article,
    ArticleAudience,
    ArticleLanguage,
    ArticlePublished,
    ArticleState,
    audiences_of,
)
from services.service.articles.tokens import LONGEST, index_weights, query_tokens, snippet

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def article(body: str = "Use water.") -> Article:
    return Article("art_1", "Fire", body, ArticleLanguage.EN, ArticleAudience.CUSTOMER)


def test_each_publication_is_the_next_version() -> None:
    subject = article()
    first, published = subject.publish("user_1", AT)
    assert (first.version_number, first.title, first.publish_time) == (1, "Fire", AT)
    assert published == ArticlePublished("art_1", 1, "en", "customer")
    with pytest.raises(Refused, match="ARTICLE_UNCHANGED"):
        subject.publish("user_1", AT)
    subject.revise({"title": "Fires", "case_id": "case_1"})
    assert subject.changed
    seen = subject.as_published(first)
    assert (seen.title, seen.case_id, seen.changed) == ("Fire", "", False)
    assert subject.publish("user_2", AT)[0].version_number == 2


def test_an_archived_article_comes_back_by_publishing() -> None:
    subject = article()
    subject.publish("user_1", AT)
    subject.archive()
    for act in (subject.archive, lambda: subject.revise({"title": "x"}), subject.require_published):
        with pytest.raises(Refused):
            act()
    subject.publish("user_1", AT)
    assert (subject.state, subject.version_number) == (ArticleState.PUBLISHED, 2)


def test_an_empty_article_is_not_published() -> None:
    with pytest.raises(Refused, match="ARTICLE_EMPTY"):
        article(" \n").publish("user_1", AT)


def test_audiences_include_the_narrower_ones() -> None:
    assert audiences_of(partner=False, customer=False) == tuple(ArticleAudience)
    assert audiences_of(partner=True, customer=False) == ("partner", "customer", "public")
    assert audiences_of(partner=False, customer=True) == ("customer", "public")


def test_words_are_whole_and_chinese_is_read_by_pairs() -> None:
    assert query_tokens("Ｐrinter E-47, 打印机 卡") == ["printer", "e", "47", "打印", "印机", "卡"]
    assert query_tokens("wifi打印 WiFi") == ["wifi", "打印"]
    assert set(index_weights("", "打印机")) == {"打", "印", "机", "打印", "印机"}


def test_the_title_weighs_more_and_repetition_does_not_win() -> None:
    weights = index_weights("Fire", "water " * 100 + "fire")
    assert (weights["fire"], weights["water"]) == (6, 5)


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_is_searched_as_written_is_found(before: str, after: str) -> None:
    text = f"{before} 卡纸 paper jam {after}"
    weights = index_weights("", text)
    assert set(query_tokens("paper JAM 卡纸")) <= set(weights)
    assert set(query_tokens(text)) <= set(weights)
    assert all(0 < len(token) <= LONGEST for token in weights)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Short text.", "Short text."),
        ("a " * 200 + "needle " + "b " * 200, "needle"),
        ("很长的文字" * 50 + "卡纸" + "之后" * 100, "卡纸"),
    ],
)
def test_a_snippet_shows_what_was_found(body: str, expected: str) -> None:
    shown = snippet(body, ["needle", "卡纸"])
    assert expected in shown
    assert len(shown) <= 162
