from engagebot.rulebook.known_bad import load_known_bad
from engagebot.rulebook.load import check_rulebook, check_sources, load_rulebook, load_sources
from engagebot.rulebook.reading import Known
from engagebot.rulebook.saved import load_saved
from engagebot.rulebook.tests import Setting, TestResult, run_each, run_tests

__all__ = [
    "Known",
    "Setting",
    "TestResult",
    "check_rulebook",
    "check_sources",
    "load_known_bad",
    "load_rulebook",
    "load_saved",
    "load_sources",
    "run_each",
    "run_tests",
]
