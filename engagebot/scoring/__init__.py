from engagebot.scoring.vader import LONGEST_TEXT, VaderScorer

__all__ = ["LONGEST_TEXT", "VaderScorer"]
