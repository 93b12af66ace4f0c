"""The files that the rules are about, and C source cut into what the rules speak of."""

import functools
import pathlib
import re
import subprocess


class Tree:
    """A working tree: its root, its tracked files as paths relative to it, and its build."""

    def __init__(self, root, files, build):
        self.root, self.files, self.build = pathlib.Path(root), sorted(files), pathlib.Path(build)
        self._sources = {}

    @classmethod
    def tracked(cls, root, build):
        """What git tracks and is still there: an untracked draft breaks no rule."""
        listing = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=root, check=True,
                                 capture_output=True, text=True).stdout
        return cls(root, [name for name in listing.split("\0") if name and (pathlib.Path(root) / name).is_file()],
                   build)

    @classmethod
    def walked(cls, root, build):
        """Every file: for trees that git knows nothing of."""
        root = pathlib.Path(root)
        return cls(root, [str(path.relative_to(root)) for path in root.rglob("*")
                          if path.is_file() and not path.is_relative_to(build)], build)

    def text(self, name):
        return (self.root / name).read_text(encoding="utf-8", errors="replace")

    def source(self, name):
        if name not in self._sources:
            self._sources[name] = Source(self.text(name))
        return self._sources[name]

    def under(self, folders, endings):
        """The files in these folders, at any depth, with these endings."""
        return [name for name in self.files
                if name.startswith(tuple(folder + "/" for folder in folders)) and name.endswith(endings)]


TOKEN = re.compile(r'/\*.*?\*/|//(?:\\\n|[^\n])*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)
CPLUSPLUS = re.compile(r"^[ \t]*#[ \t]*ifdef[ \t]+__cplusplus\b.*?^[ \t]*#[ \t]*endif\b", re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)


def _blank(text):
    """As many lines, and no other characters."""
    return re.sub(r"[^\n]", " ", text)


class Source:
    """One C file. `code` is its text with comments and the insides of strings blanked, so that
    offsets and lines stay; `plain` has preprocessor lines blanked as well."""

    def __init__(self, text):
        self.text = text
        self.lines = text.splitlines()
        self.code = TOKEN.sub(_token, text)
        no_cplusplus = CPLUSPLUS.sub(lambda found: _blank(found[0]), self.code)
        self.plain = DIRECTIVE.sub(lambda found: _blank(found[0]), no_cplusplus)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def includes(self):
        """Each include as (line, is quoted, path), comments aside."""
        uncommented = re.sub(r"/\*.*?\*/", lambda found: _blank(found[0]), self.text, flags=re.DOTALL)
        return [(self.line_of(found.start(1)), found[1] == '"', found[2]) for found in INCLUDE.finditer(uncommented)]

    def matches(self, pattern):
        """Each place in the code that a pattern matches, as (line, text)."""
        return [(self.line_of(found.start()), found[0].strip()) for found in re.finditer(pattern, self.code)]

    @functools.cached_property
    def items(self):
        """What stands at the top level, as (first line, last line, head, body or None): a head
        without a body ended in a semicolon."""
        items, depth, start, brace = [], 0, 0, None
        for found in re.finditer(r"[{};]", self.plain):
            at = found.start()
            if found[0] == "{":
                if depth == 0 and self._opens_block(start, at):
                    brace = at
                depth += 1
            elif found[0] == "}":
                depth = max(depth - 1, 0)
                if depth == 0 and brace is not None:
                    items.append(self._item(start, at, self.plain[start:brace], self.plain[brace:at + 1]))
                    start, brace = at + 1, None
            elif depth == 0:
                items.append(self._item(start, at, self.plain[start:at], None))
                start, brace = at + 1, None
        return items

    def _opens_block(self, start, at):
        """The brace opens a function's body, not a struct's, an enum's or an initialiser's."""
        return bool(re.search(r"\)\s*$", self.plain[start:at])) and "=" not in self.plain[start:at]

    def _item(self, start, end, head, body):
        first = start + len(head) - len(head.lstrip())
        return self.line_of(first), self.line_of(end), " ".join(head.split()), body


def _token(found):
    text = found[0]
    if text[0] in "\"'" and len(text) >= 2:
        return text[0] + _blank(text[1:-1]) + text[-1]
    return _blank(text)
