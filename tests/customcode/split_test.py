import contextlib
import io
import pathlib
import tempfile
import unittest

from sagemaker_jobs.split import main


class Split(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.folder = pathlib.Path(self.scratch.name)
        (self.folder / "input" / "data" / "more").mkdir(parents=True)

    def write(self, name, rows):
        (self.folder / "input" / "data" / name).write_text("".join(f"{row}\n" for row in rows))

    def run_main(self, *arguments):
        with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(io.StringIO()):
            main(list(arguments), self.folder)
        return said.getvalue()

    def rows(self, part, name):
        return (self.folder / "output" / part / name).read_text().splitlines()

    def test_every_row_is_in_one_part(self):
        rows = [f"{i},{i * i}" for i in range(1000)]
        self.write("a.csv", rows)
        self.write("more/b.csv", ["1,2"])
        self.write("notes.txt", ["no data"])
        self.assertIn("rows to train on", self.run_main("--share", "0.25"))
        train, validation = self.rows("train", "a.csv"), self.rows("validation", "a.csv")
        self.assertEqual(sorted(train + validation), sorted(rows))
        self.assertTrue(200 < len(validation) < 300)
        self.assertEqual(len(self.rows("train", "more/b.csv") + self.rows("validation", "more/b.csv")), 1)
        self.assertFalse((self.folder / "output" / "train" / "notes.txt").exists())

    def test_a_row_stays_where_it_is(self):
        self.write("a.csv", ["x", "y", "z"])
        self.run_main()
        before = self.rows("train", "a.csv")
        self.write("a.csv", ["new", "z", "y", "x"])
        self.run_main()
        self.assertEqual(sorted(set(self.rows("train", "a.csv")) - {"new"}), sorted(before))

    def test_all_or_nothing(self):
        self.write("a.csv", ["x", "y"])
        self.run_main("--share", "0")
        self.assertEqual(self.rows("train", "a.csv"), ["x", "y"])
        self.run_main("--share", "1")
        self.assertEqual(self.rows("validation", "a.csv"), ["x", "y"])

    def test_nothing_to_split(self):
        with self.assertRaisesRegex(SystemExit, "no row"):
            self.run_main()

    def test_a_share_that_is_none(self):
        with self.assertRaises(SystemExit):
            self.run_main("--share", "2")


if __name__ == "__main__":
    unittest.main()
