"""What the command line tests share. A test is a function named check_*; main() runs all of the module and says what failed."""
import os
import subprocess
import sys
import tempfile
import traceback

BUILD = os.environ.get("MPW_BUILD") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build", "release")
MPWATCH = os.path.join(BUILD, "bin", "mpwatch")


class Skip(Exception):
    """What the check needs is not installed or not allowed here."""


def clean_environment(**more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("MPWATCH") and k not in ("LD_PRELOAD", "XDG_STATE_HOME")}
    env["HOME"] = SCRATCH
    env.update(more)
    return {k: v for k, v in env.items() if v is not None}


def run(*command, **options):
    """A command, bare."""
    options.setdefault("env", clean_environment())
    options.setdefault("timeout", 60)
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.run(list(command), **options)


def watched(*command, flags=("-n", "-qq"), **options):
    return run(MPWATCH, *flags, "--", *command, **options)


def same(what, got, expected):
    if got != expected:
        raise AssertionError("%s: %r, expected %r" % (what, got, expected))


def contains(what, text, part):
    if part not in text:
        raise AssertionError("%s: %r is not in %r" % (what, part, text))


SCRATCH = tempfile.mkdtemp(prefix="mpwatch-test-")
os.chmod(SCRATCH, 0o755)


def main(module):
    import shutil
    failed = skipped = 0
    checks = [(n, f) for n, f in sorted(vars(module).items()) if n.startswith("check_")]
    wanted = sys.argv[1:]
    try:
        for name, check in checks:
            if wanted and name not in wanted:
                continue
            try:
                check()
            except Skip as why:
                skipped += 1
                print("skip %s: %s" % (name, why))
            except Exception:
                failed += 1
                print("FAIL %s" % name)
                traceback.print_exc(limit=-3, file=sys.stdout)
    finally:
        shutil.rmtree(SCRATCH, ignore_errors=True)
    print("%d checks, %d failed, %d skipped" % (len(checks), failed, skipped))
    sys.exit(1 if failed else 0)
