"""What suites share: checks, what is skipped, and the tally at the end. A suite puts this folder on its path."""
import sys

passed = failed = skipped = 0


def check(name, good, *seen):
    global passed, failed
    if good:
        passed += 1
        return
    failed += 1
    print('FAILED %s' % name)
    for s in seen:
        print('    %s' % str(s)[:2000])


def skip(what):
    global skipped
    skipped += 1
    print('skipped: %s' % what)


def tally(suite):
    """The last line of a suite, and its end."""
    print('%s: %d passed, %d failed' % (suite, passed, failed) + (', %d skipped' % skipped if skipped else ''))
    sys.exit(1 if failed else 0)
