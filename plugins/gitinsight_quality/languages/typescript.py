"""TypeScript: JavaScript's constructs, and parameters whose defaults stand beside their types."""

from gitinsight_quality.languages import Grammar
from gitinsight_quality.languages.javascript import COHESION, DECISIONS, FUNCTIONS

QUERY = (
    FUNCTIONS
    + DECISIONS
    + """
(abstract_class_declaration) @class
(public_field_definition value: [(function_expression) (arrow_function)]) @holder
(required_parameter value: (_)) @decision
(optional_parameter value: (_)) @decision
"""
)

GRAMMAR = Grammar(
    package="tree_sitter_typescript", entry="language_typescript", query=QUERY, cohesion=COHESION
)
