from engagebot.yamlfile.nodes import Node
from engagebot.yamlfile.reading import MAX_BYTES, read_text, read_yaml
from engagebot.yamlfile.validating import validate
from engagebot.yamlfile.wording import did_you_mean, kind_of, listed, nearest, shortened

__all__ = [
    "MAX_BYTES",
    "Node",
    "did_you_mean",
    "kind_of",
    "listed",
    "nearest",
    "read_text",
    "read_yaml",
    "shortened",
    "validate",
]
