"""Developers' text as words that carry meaning: what is not the author's own English is a placeholder.

``mask`` blanks the parts that span several words (code, quotations, stack traces, trailers) without
moving a character; ``pieces`` turns what stands between two spaces into tokens, each with its normal
form. Both work on text of bounded length. The result of ``pieces`` is remembered, because a
repository repeats its vocabulary: that is most of the speed.
"""

from __future__ import annotations

import re

CODE = "<code>"
POSITIVE_SIGN = "<:)>"
NEGATIVE_SIGN = "<:(>"
PARAGRAPH = "<p>"
LINE = "<n>"
PLACEHOLDERS = frozenset({CODE, POSITIVE_SIGN, NEGATIVE_SIGN, PARAGRAPH, LINE})

MASK = "\ue000"
"""Stands for each visible character of what is no prose."""


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as a list that people can read."""
    return frozenset(text.split())


_BLOCKS = re.compile(r"```.*?(?:```|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_LINE = re.compile(
    r"""
    (?:
        [ ]{0,3}>[^\n]*                                                  # a quotation
        | On[ ][^\n]{5,120}[ ]wrote:[ ]*(?=\n|\Z)                               # and its heading
        | (?:@@[ ]|diff[ ]--git|\+\+\+[ ]|---[ ]|index[ ][0-9a-f]{7})[^\n]*    # a diff
        | [ \t]*(?:at[ ]\S+[ ]?\(|Traceback[ ]\(|File[ ]"|[\w.]+(?:Error|Exception):)[^\n]*  # a trace
        | (?:[A-Z][a-z]+(?:-[A-Za-z]+)+|Bug|Cc|Closes|Fixes|Link|Refs?|Resolves):[ ][^\n]*  # a trailer
        | (?<=\n\n)(?:[ ]{4}|\t)[^\n]*                                  # a listing
    )
    """,
    re.VERBOSE,
)
_SPANS = re.compile(r"`[^`\n]{1,200}`|(?<=\])\([^)\s]*\)")
_NAMES = re.compile(r"\b(?:[Ff]rom|[Bb]y|[Tt]hanks to) (?=[A-Z])[\w.'-]+ (?=[A-Z])[\w'-]+")
_REVERTED_TITLE = re.compile(r'(?<=[Rr]evert )"[^\n]*')
_CATEGORY = re.compile(r"(?:[✨🚀💚💩⚡🎉]\ufe0f?|:(?:sparkles|rocket|green_heart|poop|zap):)(?= ?[\w(])")
_VISIBLE = re.compile(r"\S+")


def mask(text: str) -> str:
    """The text, equally long, with each visible character of what is not prose replaced by one sign.

    That is code, quotations, traces, diffs, trailers, link targets, the title of a reverted commit,
    an emoji that opens a subject as its category (the gitmoji convention), and persons' names after
    "from", "by" and "thanks to".
    """
    if "```" in text or "<!--" in text:
        text = _BLOCKS.sub(_blank, text)
    text = _without_lines(text)
    if "`" in text or "](" in text:
        text = _SPANS.sub(_blank, text)
    if 'evert "' in text:
        text = _REVERTED_TITLE.sub(_blank, text)
    if not text.isascii() or text[:1] == ":":
        text = _CATEGORY.sub(_blank, text, count=1) if _CATEGORY.match(text) else text
    if "rom " in text or "by " in text or "By " in text or "hanks to " in text:
        text = _NAMES.sub(_blank_name, text)
    return text


def _without_lines(text: str) -> str:
    """Blank the lines that are no prose; looking at the starts of lines only is four times as fast."""
    at = 0
    while at >= 0:
        found = _LINE.match(text, at)
        if found:
            text = text[:at] + _blank(found) + text[found.end() :]
        at = text.find("\n", found.end() if found else at) + 1 or -1
    return text


def _blank(found: re.Match[str]) -> str:
    return _VISIBLE.sub(lambda visible: MASK * len(visible[0]), found[0])


def _blank_name(found: re.Match[str]) -> str:
    *preposition, first, last = found[0].split(" ")
    return " ".join([*preposition, MASK * len(first), MASK * len(last)])


_POSITIVE_FACES = re.compile(r"[<>]?[:;=][-o^']?(?:[)\]}]+|[dDpP]+)|\(+[-o]?[:;=]|\^[_.]?\^+|<3+|\\o/|[xX]D+")
_NEGATIVE_FACES = re.compile(
    r"[:=;]['’,]?[-o]?(?:\(+|[\[|/\\])|[:=]'\(+|D:+|-_+-[\"']?|>[_.]+<|[oO0][_.]+[oO0]|\)+[-o]?:"
)
_FACE_AT_END = re.compile(r"(?P<word>[^\W\d_]+[.!?,]*)(?P<face>[:;=]-?(?:\)+|\(+|D))(?P<marks>)$")
_FACE_BEFORE_MARKS = re.compile(r"(?P<word>)(?P<face>[<>]?[:;=]['’]?-?(?:\)+|\(+|[DPp]))(?P<marks>[.,!?]+)")
_SHORTCODE = re.compile(r":[a-z0-9_+-]+:")
_SIGN_BEGINS = frozenset("<>:;=(^\\xXD+-_oO0)")
"""What the patterns above and "+1" begin with."""

_POSITIVE_SHORTCODES = word_set("""+1 thumbsup smile smiley grin laughing joy heart heart_eyes tada clap ok_hand rocket sparkles wink
    blush star star2 beers beer cake raised_hands muscle sunglasses stuck_out_tongue thumbs_up
    stuck_out_tongue_winking_eye relaxed trophy 100 metal yum innocent dancer smile_cat sparkling_heart
    yellow_heart green_heart blue_heart purple_heart kissing_heart bowtie satisfied smirk ship
    shipit dancers fireworks balloon gift cookie pray bow""")
_NEGATIVE_SHORTCODES = word_set("""-1 thumbsdown thumbs_down cry sob disappointed rage angry confused worried frowning scream fearful
    unamused weary tired_face confounded cold_sweat sweat anguished hankey poop shit broken_heart
    facepalm no_good disappointed_relieved pensive triumph expressionless persevere grimacing""")
_POSITIVE_EMOJI = frozenset(
    "😀😁😂🤣😃😄😅😆😉😊😋😎😍😘🥰😇🙂🤗🤩😌😛😜😝🎉🎊✨👍👏🙌💪🙏👌✌🤘🚀⭐🌟💯🏆❤💖💙💚💛💜🧡🥳🍻🍺🎂☺♥"
)
_NEGATIVE_EMOJI = frozenset("😞😟😠😡😢😣😤😥😦😧😨😩😫😭😰😱😒😓😔😕😖🙁☹🤬🤮🤢👎💔🤦😿😾💩🙄")

_CALL = re.compile(r"[\w.:>$-]+\([^()]*\)[.,;:!?]*")
_OPENING, _CLOSING = "([{\"'*“‘~", ")]}\"'*.,;:!?…”’~"
_CODE_LIKE = re.compile(
    r"""
    (?:[a-z][a-z0-9+.-]{1,12}://|www\.)\S+              # an address
    | [\w.+-]+@[\w-]+\.[\w.-]+                          # a mailbox
    | @[\w-]+(?:/[\w-]+)?                               # a person or a team
    | (?:[\w.-]+/[\w.-]+)?\#\d+ | GH-\d+ | [A-Z][A-Z0-9]{1,9}-\d+   # an issue
    | (?=[a-f]*\d)[0-9a-f]{7,64}                        # an object id
    | v?\d+(?:\.[\dx*]+)+[\w.+-]* | v\d+                # a version
    | --?[A-Za-z][\w-]*(?:=\S*)?                        # a flag
    | (?:~|\.{1,2})?/\S+ | [\w.@*-]+(?:/[\w.@*{},-]+){2,} | [\w.@*-]+/[\w@*-]*\.\w+ | [\w-]+/  # a path
    | \w*[^\W_]_[^\W_]\w* | __\w+__ | \w+(?:::|->)\S+  # an identifier
    | [a-z]+[A-Z]\w* | (?:[A-Z][a-z0-9]+){2,} | [A-Z]{2,}[a-z]+[A-Z]\w*
    | [\w$-]+(?:\.[\w$-]+)*\([^()]*\) | \w{2,}(?:\.\w{2,})+ | \.\w[\w.]* | \*+\.\w+
    | [$%&]\w+ | \w+=\S* | \w*\d[\w.-]* | [A-Z]\w*(?:-[A-Z]\w*)+ | </?\w[^>]*>?
    """,
    re.VERBOSE,
)
_PLAIN_WORD = re.compile(r"[A-Z]?[a-wyz][a-z']*[.,]?")
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|\s+|[!?]+|\.+|.", re.DOTALL)
_ELONGATED = re.compile(r"(.)\1{3,}")
_QUOTES = re.compile(r"[\"'“‘]")
_LONGEST_WORD = 100
SPACE_RUN = re.compile(r"(\s+)")
"""Splits a chunk into its parts and the white space between them."""

Pieces = tuple[tuple[str, ...], tuple[str, ...]]
"""Tokens as written, which join to the chunk; their normal forms."""


def pieces(chunk: str) -> Pieces:
    """The tokens of what stands between two spaces of a masked text; it may hold line breaks."""
    if chunk.split() == [chunk]:
        return _visible(chunk)
    written: list[str] = []
    normal: list[str] = []
    for part in filter(None, SPACE_RUN.split(chunk)):
        if part.isspace():
            written.append(part)
            normal.append(PARAGRAPH if part.count("\n") > 1 else LINE)
        else:
            more_written, more_normal = _visible(part)
            written += more_written
            normal += more_normal
    return tuple(written), tuple(normal)


def _visible(chunk: str) -> Pieces:
    """The tokens of a chunk without white space, and their normal forms."""
    if len(chunk) <= _LONGEST_WORD and chunk.isascii() and (chunk[1:].islower() or len(chunk) == 1):
        if chunk.isalpha():
            return (chunk,), (_form(chunk),)
        word, mark = chunk[:-1], chunk[-1]
        if mark in ".,;" and word.isalpha():
            return (word, mark), (_form(word), mark)
    found = _visible_pieces(chunk)
    return tuple([token for token, _ in found]), tuple([form for _, form in found])


def _visible_pieces(chunk: str) -> list[tuple[str, str]]:
    if len(chunk) > _LONGEST_WORD:
        return [(chunk, CODE)]
    if _PLAIN_WORD.fullmatch(chunk):
        return _split(chunk)
    sign = _sign(chunk)
    if sign:
        return [(chunk, sign)]
    if "(" in chunk and _CALL.fullmatch(chunk):
        return [(chunk, CODE)]
    has_eyes = ":" in chunk or ";" in chunk or "=" in chunk
    face = has_eyes and (_FACE_AT_END.fullmatch(chunk) or _FACE_BEFORE_MARKS.fullmatch(chunk))
    if face:
        return [*_split(face["word"]), (face["face"], _sign(face["face"])), *_split(face["marks"])]
    opened = chunk.lstrip(_OPENING)
    core = opened.rstrip(_CLOSING)
    before, after = chunk[: len(chunk) - len(opened)], opened[len(core) :]
    if _sign(core) and not _QUOTES.search(before):
        middle = [(core, _sign(core))]
    elif core.isalpha() and core.isascii() and core[1:].islower():
        middle = [(core, _form(core))]
    elif MASK in core or _CODE_LIKE.fullmatch(core):
        middle = [(core, CODE)]
    else:
        middle = _split(core)
    return [*_split(before), *middle, *_split(after)]


def _sign(chunk: str) -> str:
    """The placeholder of an emoticon, a shortcode such as ``:tada:`` or a mark such as +1; else empty."""
    if chunk[:1] not in _SIGN_BEGINS or len(chunk) > 40 or (chunk.isalpha() and not chunk.endswith("D")):
        return ""
    if chunk == "+1" or _POSITIVE_FACES.fullmatch(chunk):
        return POSITIVE_SIGN
    if _NEGATIVE_FACES.fullmatch(chunk):
        return NEGATIVE_SIGN
    if _SHORTCODE.fullmatch(chunk):
        name = chunk[1:-1]
        if name in _POSITIVE_SHORTCODES:
            return POSITIVE_SIGN
        return NEGATIVE_SIGN if name in _NEGATIVE_SHORTCODES else CODE
    return ""


def _split(text: str) -> list[tuple[str, str]]:
    if len(text) == 1:
        return [(text, _form(text))]
    return [(word, _form(word)) for word in _WORDS.findall(text)] if text else []


def _form(word: str) -> str:
    if word.isascii():
        form = word.lower()
        return _ELONGATED.sub(r"\1\1\1", form) if _ELONGATED.search(form) else form
    if word in _POSITIVE_EMOJI:
        return POSITIVE_SIGN
    if word in _NEGATIVE_EMOJI:
        return NEGATIVE_SIGN
    if word.isdigit():
        return CODE
    form = word.lower().replace("’", "'")
    return _ELONGATED.sub(r"\1\1\1", form) if _ELONGATED.search(form) else form
