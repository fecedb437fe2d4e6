"""What the store answers with, as plain frozen values, by the room that keeps them."""

from engagebot.domain.records.casework import CaseRecord
from engagebot.domain.records.entry import UserRecord
from engagebot.domain.records.heard import DecisionRecord, MentionRecord
from engagebot.domain.records.listening import ConnectorRecord, WatchRecord
from engagebot.domain.records.persons import CustomerRecord
from engagebot.domain.records.replying import DraftRecord, QueueItem
from engagebot.domain.records.ruling import RuleSetRecord
from engagebot.domain.records.slices import Slice
from engagebot.domain.records.telling import DeliveryRecord
from engagebot.domain.records.whole_site import DeletionReceipt, Event, SiteStatus, SourceReceipt

__all__ = [
    "CaseRecord",
    "ConnectorRecord",
    "CustomerRecord",
    "DecisionRecord",
    "DeletionReceipt",
    "DeliveryRecord",
    "DraftRecord",
    "Event",
    "MentionRecord",
    "QueueItem",
    "RuleSetRecord",
    "SiteStatus",
    "Slice",
    "SourceReceipt",
    "UserRecord",
    "WatchRecord",
]
