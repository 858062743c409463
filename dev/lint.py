"""``make lint``: install the tools once, then run every hook of pre-commit.

It checks also files that git does not know yet. With ``--fix`` the tools repair what
they can before it checks.
"""

import argparse
import subprocess

from .console import Failure, main, run, say
from .paths import BUILD, ROOT
from .tools import node_tools, python_tools

TOOLS = BUILD / "lint"


def lint():
    parser = argparse.ArgumentParser(prog="python3 -m dev.lint", description=__doc__)
    parser.add_argument("--fix", action="store_true", help="repair what can be")
    parser.add_argument("files", nargs="*", help="only these (default: all)")
    options = parser.parse_args()
    python_tools(TOOLS, ROOT / "dev" / "requirements-lint.txt")
    node_tools(ROOT, "prettier and eslint")
    files = options.files or _all_files()
    if options.fix:
        # A hook of this stage says "failed" when it has repaired something.
        _hooks(files, "manual", capture_output=True)
    status = _hooks(files, "pre-commit")
    if status and not options.fix:
        say("\nWhat tools can repair, they do with: python3 -m dev.lint --fix")
    return status


def _all_files():
    if not (ROOT / ".git").exists():
        raise Failure("This is not a git checkout; pre-commit needs one.")
    listed = run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        hint="Git is needed.",
        cwd=ROOT,
    )
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def _hooks(files, stage, **kwargs):
    command = [TOOLS / "bin" / "pre-commit", "run", "--hook-stage", stage, "--files"]
    return subprocess.run(
        [*map(str, command), *files], cwd=ROOT, check=False, **kwargs
    ).returncode


if __name__ == "__main__":
    main(lint)
