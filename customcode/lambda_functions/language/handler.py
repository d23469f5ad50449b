"""Says which language a text is most likely in, by its small words.

{"text": "Das ist nicht gut"} gives {"language": "de", "share": 0.75}; a text without any word that is
known gives {"language": null, "share": 0.0}.
"""

from text_tools import words  # the layer lambda_layers/text_tools

SMALL_WORDS = {
    "de": {"das", "der", "die", "ein", "ist", "mit", "nicht", "und"},
    "en": {"a", "and", "is", "it", "not", "of", "the", "with"},
    "fr": {"avec", "des", "est", "et", "la", "le", "pas", "un"},
}


def guess(text):
    found = words(text)
    counts = {name: sum(word in small for word in found) for name, small in SMALL_WORDS.items()}
    best = max(sorted(counts), key=counts.get)
    if not counts[best]:
        return {"language": None, "share": 0.0}
    return {"language": best, "share": round(counts[best] / len(found), 2)}


def handler(event, context):
    return guess(event["text"])
