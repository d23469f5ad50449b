import unittest

from lambda_functions.greet.handler import handler


class Greet(unittest.TestCase):
    def test_name(self):
        self.assertEqual(handler({"name": "Ada"}, None), {"greeting": "Hello, Ada!"})

    def test_nobody_in_particular(self):
        for event in ({}, {"name": None}, {"name": ""}):
            self.assertEqual(handler(event, None), {"greeting": "Hello, world!"})

    def test_not_a_name(self):
        with self.assertRaisesRegex(ValueError, "name is 7; expected a string"):
            handler({"name": 7}, None)


if __name__ == "__main__":
    unittest.main()
