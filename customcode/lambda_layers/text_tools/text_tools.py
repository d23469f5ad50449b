"""Small things that several functions do with text."""

import re
from collections import Counter


def words(text):
    """The words of a text in lower case, without digits and punctuation."""
    return re.findall(r"[^\W\d_]+", text.lower())


def most_common(text, n=10):
    """The n words that occur most, with how often; of equal ones the first in the alphabet."""
    counts = Counter(words(text))
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:n]
