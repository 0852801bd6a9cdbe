"""`python -m lenet`: the command line."""

import sys

from lenet.cli.main import main

sys.exit(main())
