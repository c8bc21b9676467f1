"""The languages we know, named as GitHub Linguist names them, and how their comments look.

A table, not code: ``LANGUAGES`` has a line for each language with its kind, the names of its files
and the interpreters of its scripts. Only programming and markup languages count as code; lines are
counted for data and prose too. Roff and TeX are prose here (markup to Linguist): manual pages and
papers are long and change with every feature, yet nobody looks for hotspots in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Linguist's type of a language."""

    PROGRAMMING = "programming"
    MARKUP = "markup"
    DATA = "data"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class CommentSyntax:
    """Markers of line comments, pairs around block comments, and the quotes of one-line strings."""

    line: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()
    quotes: str = "\"'"
    needs_space: bool = False


@dataclass(frozen=True, slots=True)
class Language:
    """``extensions`` begin with a dot and are lower case, as are ``filenames``."""

    name: str
    kind: Kind
    comments: CommentSyntax
    extensions: tuple[str, ...] = ()
    filenames: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()

    @property
    def is_code(self) -> bool:
        """Whether its lines count as code."""
        return self.kind in (Kind.PROGRAMMING, Kind.MARKUP)


_C = CommentSyntax(("//",), (("/*", "*/"),))
_CSS = CommentSyntax((), (("/*", "*/"),))
_HASH = CommentSyntax(("#",), needs_space=True)
_DASH = CommentSyntax(("--",), (("/*", "*/"),))
_HTML = CommentSyntax((), (("<!--", "-->"),), quotes="")
_LISP = CommentSyntax((";",), (("#|", "|#"),), quotes='"')
_NONE = CommentSyntax(quotes="")
_PERCENT = CommentSyntax(("%",), quotes="")
_ML = CommentSyntax((), (("(*", "*)"),), quotes='"')
_SEMICOLON = CommentSyntax((";", "#"), quotes="", needs_space=True)

_P, _M, _D, _T = Kind.PROGRAMMING, Kind.MARKUP, Kind.DATA, Kind.PROSE


def _language(name: str, kind: Kind, comments: CommentSyntax, files: str, interpreters: str = "") -> Language:
    """A row of the table: ``files`` mixes extensions (with a dot) and whole names."""
    names = files.split()
    return Language(
        name,
        kind,
        comments,
        tuple(part for part in names if part.startswith(".")),
        tuple(part.lower() for part in names if not part.startswith(".")),
        tuple(interpreters.split()),
    )


LANGUAGES = (
    _language("Ada", _P, CommentSyntax(("--",), quotes='"'), ".adb .ads .ada"),
    _language("AsciiDoc", _T, CommentSyntax(("//",), quotes=""), ".adoc .asciidoc"),
    _language("Assembly", _P, CommentSyntax((";", "#", "//"), (("/*", "*/"),), quotes='"'), ".asm .s .nasm"),
    _language("Awk", _P, _HASH, ".awk .gawk", "awk gawk mawk"),
    _language("Batchfile", _P, CommentSyntax(("REM ", "rem ", "::"), quotes=""), ".bat .cmd"),
    _language("C", _P, _C, ".c .h .cats"),
    _language("C#", _P, _C, ".cs .csx"),
    _language("C++", _P, _C, ".cpp .cc .cxx .c++ .hpp .hh .hxx .h++ .ipp .inl .tpp"),
    _language(
        "CMake", _P, CommentSyntax(("#",), (("#[[", "]]"),), needs_space=True), ".cmake CMakeLists.txt"
    ),
    _language("CSS", _M, _CSS, ".css"),
    _language("CSV", _D, _NONE, ".csv"),
    _language("Clojure", _P, _LISP, ".clj .cljs .cljc .edn"),
    _language(
        "CoffeeScript", _P, CommentSyntax(("#",), (("###", "###"),)), ".coffee .cson Cakefile", "coffee"
    ),
    _language("Common Lisp", _P, _LISP, ".lisp .lsp .cl .asd", "sbcl clisp"),
    _language("Crystal", _P, _HASH, ".cr", "crystal"),
    _language("Cuda", _P, _C, ".cu .cuh"),
    _language("Cython", _P, _HASH, ".pyx .pxd .pxi"),
    _language("D", _P, CommentSyntax(("//",), (("/*", "*/"), ("/+", "+/"))), ".d .di"),
    _language("Dart", _P, _C, ".dart", "dart"),
    _language("Dockerfile", _P, _HASH, ".dockerfile Dockerfile Containerfile"),
    _language("Elixir", _P, _HASH, ".ex .exs", "elixir"),
    _language("Emacs Lisp", _P, _LISP, ".el"),
    _language("Erlang", _P, CommentSyntax(("%",), quotes='"'), ".erl .hrl", "escript"),
    _language("F#", _P, CommentSyntax(("//",), (("(*", "*)"),), quotes='"'), ".fs .fsi .fsx"),
    _language("Fortran", _P, CommentSyntax(("!",)), ".f90 .f95 .f03 .f08 .f .for"),
    _language("GLSL", _P, _C, ".glsl .vert .frag .geom"),
    _language("Go", _P, _C, ".go"),
    _language("GraphQL", _D, _HASH, ".graphql .gql"),
    _language("Groovy", _P, _C, ".groovy .gradle .gvy Jenkinsfile", "groovy"),
    _language("HCL", _P, CommentSyntax(("#", "//"), (("/*", "*/"),), quotes='"'), ".hcl .tf .tfvars"),
    _language("HTML", _M, _HTML, ".html .htm .xhtml .jinja .jinja2 .j2 .ejs .hbs .erb"),
    _language("Haskell", _P, CommentSyntax(("--",), (("{-", "-}"),), quotes='"'), ".hs .lhs", "runhaskell"),
    _language("INI", _D, _SEMICOLON, ".ini .cfg .conf .properties .editorconfig"),
    _language("JSON", _D, _NONE, ".json .jsonl .geojson .webmanifest .jsonc .json5"),
    _language("Java", _P, _C, ".java"),
    _language("JavaScript", _P, _C, ".js .mjs .cjs .jsx .es6", "node nodejs deno bun"),
    _language("Julia", _P, CommentSyntax(("#",), (("#=", "=#"),), quotes='"'), ".jl", "julia"),
    _language("Jupyter Notebook", _M, _NONE, ".ipynb"),
    _language("Kotlin", _P, _C, ".kt .kts"),
    _language("Less", _M, _C, ".less"),
    _language("Lex", _P, _C, ".l .lex"),
    _language("Lua", _P, CommentSyntax(("--",), (("--[[", "]]"),)), ".lua .rockspec", "lua luajit"),
    _language("M4", _P, CommentSyntax(("dnl ", "#"), quotes="", needs_space=True), ".m4 .ac"),
    _language("MATLAB", _P, CommentSyntax(("%",), (("%{", "%}"),), quotes='"'), ".matlab"),
    _language("Makefile", _P, _HASH, ".mk .mak .am Makefile GNUmakefile BSDmakefile", "make"),
    _language("Markdown", _T, _HTML, ".md .markdown .mdx"),
    _language("Meson", _P, _HASH, "meson.build meson_options.txt"),
    _language("Nim", _P, CommentSyntax(("#",), (("#[", "]#"),), quotes='"'), ".nim .nims"),
    _language("Nix", _P, CommentSyntax(("#",), (("/*", "*/"),), quotes='"'), ".nix"),
    _language("OCaml", _P, _ML, ".ml .mli", "ocaml"),
    _language("Objective-C", _P, _C, ".m"),
    _language("Objective-C++", _P, _C, ".mm"),
    _language("PHP", _P, CommentSyntax(("//", "#"), (("/*", "*/"),)), ".php .phtml .php5", "php"),
    _language(
        "Pascal", _P, CommentSyntax(("//",), (("{", "}"), ("(*", "*)")), quotes="'"), ".pas .pp .dpr .lpr"
    ),
    _language(
        "Perl", _P, CommentSyntax(("#",), (("\n=pod", "\n=cut"),), needs_space=True), ".pl .pm .t", "perl"
    ),
    _language("PowerShell", _P, CommentSyntax(("#",), (("<#", "#>"),)), ".ps1 .psm1 .psd1", "pwsh"),
    _language("Prolog", _P, CommentSyntax(("%",), (("/*", "*/"),), quotes=""), ".prolog .pro", "swipl"),
    _language("Protocol Buffer", _D, _C, ".proto"),
    _language(
        "Python", _P, _HASH, ".py .pyi .pyw SConstruct SConscript", "python python2 python3 pypy pypy3"
    ),
    _language("R", _P, _HASH, ".r", "rscript"),
    _language(
        "Roff", _T, CommentSyntax(('.\\"', "'\\\""), quotes=""), ".1 .2 .3 .4 .5 .6 .7 .8 .man .mdoc .roff"
    ),
    _language(
        "Ruby",
        _P,
        CommentSyntax(("#",), (("\n=begin", "\n=end"),), needs_space=True),
        ".rb .rake .gemspec .ru Gemfile Rakefile Vagrantfile Podfile",
        "ruby jruby",
    ),
    _language("Rust", _P, CommentSyntax(("//",), (("/*", "*/"),), quotes='"'), ".rs"),
    _language("SCSS", _M, _C, ".scss"),
    _language("SQL", _D, _DASH, ".sql .ddl .dml"),
    _language("SVG", _D, _HTML, ".svg"),
    _language("Sass", _M, _C, ".sass"),
    _language("Scala", _P, _C, ".scala .sc .sbt", "scala"),
    _language("Scheme", _P, _LISP, ".scm .ss .sld", "guile"),
    _language(
        "Shell",
        _P,
        _HASH,
        ".sh .bash .zsh .ksh .bats .fish .bashrc .profile",
        "sh bash zsh ksh dash ash fish",
    ),
    _language("Solidity", _P, _C, ".sol"),
    _language("Starlark", _P, _HASH, ".bzl .star BUILD WORKSPACE BUILD.bazel"),
    _language("Svelte", _M, CommentSyntax(("//",), (("<!--", "-->"), ("/*", "*/")), quotes=""), ".svelte"),
    _language("Swift", _P, CommentSyntax(("//",), (("/*", "*/"),), quotes='"'), ".swift", "swift"),
    _language("TOML", _D, _HASH, ".toml Cargo.lock Pipfile"),
    _language("TSX", _P, _C, ".tsx"),
    _language("Tcl", _P, _HASH, ".tcl .tk", "tclsh wish"),
    _language("TeX", _T, _PERCENT, ".tex .sty .cls .ltx .bib"),
    _language("Text", _T, _NONE, ".txt .text README LICENSE COPYING AUTHORS NEWS CHANGES INSTALL"),
    _language("TypeScript", _P, _C, ".ts .mts .cts", "ts-node tsx"),
    _language("VHDL", _P, CommentSyntax(("--",), quotes='"'), ".vhd .vhdl"),
    _language("Verilog", _P, CommentSyntax(("//",), (("/*", "*/"),), quotes='"'), ".v .vh .sv .svh"),
    _language("Vim Script", _P, CommentSyntax(('"',), quotes="", needs_space=True), ".vim .vimrc _vimrc"),
    _language("Visual Basic .NET", _P, CommentSyntax(("'",), quotes='"'), ".vb .vbs .bas"),
    _language("Vue", _M, CommentSyntax(("//",), (("<!--", "-->"), ("/*", "*/")), quotes=""), ".vue"),
    _language("XML", _D, _HTML, ".xml .xsd .xsl .xslt .plist .csproj .props .targets .wsdl"),
    _language("YAML", _D, _HASH, ".yml .yaml .cff"),
    _language("Yacc", _P, _C, ".y .yy .yacc"),
    _language("Zig", _P, CommentSyntax(("//",), quotes='"'), ".zig .zon"),
    _language("reStructuredText", _T, CommentSyntax((".. ",), quotes=""), ".rst .rest"),
)

BY_NAME = {language.name: language for language in LANGUAGES}
