"""`make mutants`: breaks the ledger and the purchases on purpose, and tells what no test noticed.

All in one pytest session. Once all is imported, the database made and the tests seen to pass, each
mutant gets a fork of this process with a copy of the database, and the tests that run its lines,
fastest first, until one fails. `python -m tests.mutation lots reversals`: these modules only.
"""

import os
import sys

import pytest

from tests.mutation.plan import NOT_SLOW, ROOT, SUBJECTS
from tests.mutation.session import Session


def main(words):
    subjects = [subject for subject in SUBJECTS if subject.only(words).modules]
    session = Session([subject.only(words) for subject in subjects])
    tests = sorted({test for subject in subjects for test in subject.tests})
    os.chdir(ROOT)
    options = ["-q", "-n0", "-p", "no:cacheprovider", "-o", "timeout=0", "-k", NOT_SLOW]
    return pytest.main([*options, *tests], plugins=[session])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
