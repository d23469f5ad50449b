"""What Glue starts: the driver comes with --extra-py-files."""

import sys

from stepwright_glue.main import main

if __name__ == "__main__":
    main(sys.argv[1:])
