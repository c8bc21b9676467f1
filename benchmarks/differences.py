def rule(oracle, language, source, known, ours):
    return ""
