"""TSX: TypeScript with markup in it, which has a parser of its own."""

from gitinsight_quality.languages import Grammar
from gitinsight_quality.languages.javascript import COHESION
from gitinsight_quality.languages.typescript import QUERY

GRAMMAR = Grammar(package="tree_sitter_typescript", entry="language_tsx", query=QUERY, cohesion=COHESION)
