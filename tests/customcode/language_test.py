import pathlib
import sys
import unittest

for folder in ("lambda_layers/text_tools", "lambda_functions/language"):  # as Lambda lays them out
    sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "customcode" / folder))

from handler import handler
from text_tools import most_common, words


class Language(unittest.TestCase):
    def test_languages(self):
        for text, language, share in (
            ("Das ist nicht gut", "de", 0.75),
            ("It is not what the picture says", "en", 0.57),
            ("LE PRIX EST BAS", "fr", 0.5),
            ("12 xyz", None, 0.0),
            ("", None, 0.0),
        ):
            with self.subTest(text):
                self.assertEqual(handler({"text": text}, None), {"language": language, "share": share})

    def test_words(self):
        self.assertEqual(words("Über 20 Stühle, don't_know"), ["über", "stühle", "don", "t", "know"])
        self.assertEqual(most_common("b a b c a d", 3), [("a", 2), ("b", 2), ("c", 1)])


if __name__ == "__main__":
    unittest.main()
