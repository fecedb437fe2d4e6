"""Telling a copy from a voice: a 64-bit fingerprint of a text, near for texts that are nearly equal.

A simhash (Charikar 2002) over pairs of neighbouring words. Names of accounts, links, numbers, signs and case
do not count, so that a retweet, a quote with another link and a chain post with other names give one value.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

# Of two people who say the same seven words ("thank you so much for your help"), both mean it.
LEAST_WORDS = 8
MOST_WORDS = 256
NEAR_BITS = 7

_RETWEETED = 5
_LANES = 64
_ONES = int.from_bytes(b"\x01" * _LANES, "big")
_TOPS = _ONES << 7
_MASK = (1 << _LANES) - 1
_AS_DIGITS = bytes.maketrans(b"\x00\x01\x80", b"011")
_NOISE = re.compile(r"(?:https?://|www\.)\S+|@\w+|(?<!\w)/?[ur]/[\w-]+")
_WORD = re.compile(r"[^\W\d_]+")


def fingerprint(text: str) -> int | None:
    """Name what a text says, as a signed 64-bit number; `None` where it has no words at all.

    Of a long text the first `MOST_WORDS` words count. The lowest bit tells a simhash (1) from the plain hash
    of a short text (0), which is near to nothing: a few words say too little for "nearly the same".
    """
    words = words_of(text)
    if not words:
        return None
    if len(words) < LEAST_WORDS:
        digest = blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return _signed(int.from_bytes(digest, "big") & ~1)
    hashed = list(map(_spread, words[:MOST_WORDS]))
    # Each bit of a hash stands in a byte of its own, so that one addition counts all 64 bits. A count above
    # half reaches the byte's top bit once what is missing to 128 is added.
    counts = sum([one[0] ^ following[1] for one, following in pairwise(hashed)])
    majority = (counts + (127 - (len(hashed) - 1) // 2) * _ONES) & _TOPS
    return _signed(int(majority.to_bytes(_LANES, "big").translate(_AS_DIGITS), 2) | 1)


def words_of(text: str) -> list[str]:
    """The words that count, in lower case."""
    text = text.casefold()
    if "@" in text or "/" in text or "www." in text:
        text = _NOISE.sub(" ", text)
    words = _WORD.findall(text)
    return words[1:] if len(words) > _RETWEETED and words[0] == "rt" else words


def is_near(one: int, other: int) -> bool:
    """Whether two fingerprints are equal, or those of longer texts with hardly a word between them.

    One changed word in forty is found three times out of four, one in twenty once in three: where it is not
    certain, two people count as two.
    """
    if one == other:
        return True
    return bool(one & other & 1) and ((one ^ other) & _MASK).bit_count() <= NEAR_BITS


def is_short(value: int) -> bool:
    """Whether a fingerprint is that of a text with fewer than `LEAST_WORDS` words."""
    return not value & 1


def bands(value: int) -> bytes:
    """Eight parts of eight bits: values within `NEAR_BITS` have the same in one place or more."""
    return (value & _MASK).to_bytes(8, "big")


def unsigned(value: int) -> int:
    """A fingerprint as bits to compare."""
    return value & _MASK


@lru_cache(maxsize=16_384)
def _spread(word: str) -> tuple[int, int]:
    """Two hashes of a word, as the first and as the second of a pair, each bit in a byte of its own."""
    digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    first, second = (f"{int.from_bytes(part, 'big'):064b}" for part in (digest[:8], digest[8:]))
    return tuple(int.from_bytes(bytes(map(int, bits)), "big") for bits in (first, second))  # type: ignore[return-value]


def _signed(value: int) -> int:
    """As both databases keep it: their widest number has a sign."""
    return value - (1 << _LANES) if value >> (_LANES - 1) else value
