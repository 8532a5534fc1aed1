"""Revocations in force: taken in, kept while directory is away, forgotten in the end."""

from __future__ import annotations

import threading

from chassis.revocations import Revocation, RevocationList, RevocationPage, RevocationPoller


def of_session(session: str, expires: float = 1_300.0) -> Revocation:
    return Revocation(session=session, subject="", before=0.0, expires=expires)


def of_subject(subject: str, before: float, expires: float = 1_300.0) -> Revocation:
    return Revocation(session="", subject=subject, before=before, expires=expires)


def test_an_ended_session_is_revoked_and_others_are_not() -> None:
    revocations = RevocationList()
    revocations.add([of_session("sess_1")])
    assert revocations.session_revoked("sess_1")
    assert not revocations.session_revoked("sess_2")


def test_a_subjects_tokens_count_again_when_issued_after_the_change() -> None:
    revocations = RevocationList()
    revocations.add([of_subject("user_1", before=1_000.5)])
    assert revocations.issued_too_early("user_1", 1_000.4)
    assert not revocations.issued_too_early("user_1", 1_000.5)
    assert not revocations.issued_too_early("user_2", 0.0)


def test_the_latest_change_of_a_subject_counts_in_whatever_order_news_arrive() -> None:
    revocations = RevocationList()
    revocations.add([of_subject("user_1", before=1_000.0), of_subject("user_1", before=900.0)])
    assert revocations.issued_too_early("user_1", 950.0)


def test_what_concerns_only_expired_tokens_is_forgotten() -> None:
    revocations = RevocationList()
    revocations.add([of_session("old", expires=1_000.0), of_session("new", expires=1_000.1)])
    revocations.add([of_subject("user_1", before=700.0, expires=1_000.0)])
    revocations.forget_expired(1_000.0)
    assert not revocations.session_revoked("old")
    assert revocations.session_revoked("new")
    assert not revocations.issued_too_early("user_1", 1.0)


def test_the_poller_asks_on_from_where_the_last_answer_ended() -> None:
    asked = []

    def fetch(cursor: str) -> RevocationPage:
        asked.append(cursor)
        return RevocationPage((of_session(f"sess_{len(asked)}"),), cursor=f"c{len(asked)}")

    revocations = RevocationList()
    poller = RevocationPoller(revocations, fetch, clock=lambda: 1_000.0)
    poller.poll()
    poller.poll()
    assert asked == ["", "c1"]
    assert revocations.session_revoked("sess_1")
    assert revocations.session_revoked("sess_2")


def test_the_last_known_list_stays_while_directory_is_away() -> None:
    away = False

    def fetch(cursor: str) -> RevocationPage:
        if away:
            raise ConnectionError("directory does not answer")
        return RevocationPage((of_session("sess_1"),), cursor="c1")

    revocations = RevocationList()
    poller = RevocationPoller(revocations, fetch, clock=lambda: 1_000.0)
    poller.poll()
    away = True
    poller.poll()
    assert revocations.session_revoked("sess_1")


def test_the_thread_polls_until_it_is_stopped() -> None:
    twice = threading.Event()
    asked = []

    def fetch(cursor: str) -> RevocationPage:
        asked.append(cursor)
        if len(asked) >= 2:
            twice.set()
        return RevocationPage((), cursor="c")

    poller = RevocationPoller(RevocationList(), fetch, interval=0.001)
    poller.start()
    assert twice.wait(10)
    poller.stop()
    answered = len(asked)
    assert threading.Event().wait(0.01) is False
    assert len(asked) == answered
