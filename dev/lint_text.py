"""Check the text of files: line ends, spaces at line ends, left merge conflicts.

``python3 -m dev.lint_text [--fix] FILE…``; with ``--fix`` it repairs spaces and ends.
"""

import re
import sys
from pathlib import Path

CONFLICT = re.compile(rb"^(<{7} |>{7} |\|{7} )", re.MULTILINE)


def repaired(content):
    """``content`` (bytes) as it should be."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    text = b"\n".join(line.rstrip() for line in lines).strip(b"\n")
    return text + b"\n" if text else b""


def complaints(content):
    """What is wrong with ``content``, in words."""
    good = repaired(content)
    if b"\r" in content:
        yield "line ends are not LF"
    for number, line in enumerate(content.split(b"\n"), 1):
        if line != line.rstrip() and not line.endswith(b"\r"):
            yield f"line {number} ends with spaces"
    if content.strip() and content[-1:] != b"\n":
        yield "the last line has no end"
    elif content.startswith(b"\n") or content.endswith(b"\n\n"):
        yield "empty lines at the start or end"
    if conflict := CONFLICT.search(good):
        number = good.count(b"\n", 0, conflict.start()) + 1
        yield f"line {number} is left from a merge conflict"


def main(arguments):
    fix = arguments[:1] == ["--fix"]
    status = 0
    for name in arguments[fix:]:
        file = Path(name)
        content = file.read_bytes()
        if fix:
            if content != (good := repaired(content)):
                file.write_bytes(good)
            continue
        for complaint in complaints(content):
            print(f"{name}: {complaint}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
