"""The threads of one batch: whether somebody was unhappy where a mention was said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engagebot.domain.judgement import Judgement, Sentiment
from engagebot.domain.records import MentionRecord
from engagebot.store.engine import Tx
from engagebot.store.heard import threads

_UNHAPPY = frozenset({Sentiment.NEGATIVE, Sentiment.VERY_NEGATIVE})


@dataclass(slots=True)
class Threads:
    """The unhappy posts that this batch answers, and who was unhappy in its conversations.

    A stranger's complaint elsewhere in a long thread says nothing of whoever praises us there.
    """

    posts: set[tuple[str, str]]
    voices: dict[threads.Voice, set[int]]

    @classmethod
    def gather(cls, tx: Tx, judged: Iterable[tuple[MentionRecord, Judgement]]) -> Threads:
        """Ask the store for what these mentions hang on, and add what the batch itself says."""
        judged = list(judged)
        parents = {heard.mention.parent_native_id for heard, _ in judged} - {None}
        talks = {heard.mention.conversation_id for heard, _ in judged} - {None}
        found = cls(
            posts=threads.unhappy_posts(tx, [each for each in parents if each]) if parents else set(),
            voices=threads.unhappy_voices(tx, [each for each in talks if each]) if talks else {},
        )
        if parents or talks:
            for heard, judgement in judged:
                if judgement.sentiment in _UNHAPPY:
                    found._add(heard)
        return found

    def _add(self, heard: MentionRecord) -> None:
        ref = heard.mention.ref
        self.posts.add((ref.source, ref.native_id))
        if (voice := _voice(heard)) is not None:
            self.voices.setdefault(voice, set()).add(heard.id)

    def is_unhappy(self, heard: MentionRecord) -> bool:
        """Whether it answers an unhappy post, or its author was unhappy elsewhere in the conversation."""
        mention = heard.mention
        parent = mention.parent_native_id
        if parent is not None and (mention.ref.source, parent) in self.posts:
            return True
        voice = _voice(heard)
        return voice is not None and bool(self.voices.get(voice, set()) - {heard.id})


def _voice(heard: MentionRecord) -> threads.Voice | None:
    talk, customer_id = heard.mention.conversation_id, heard.customer_id
    return None if talk is None or customer_id is None else (heard.mention.ref.source, talk, customer_id)
