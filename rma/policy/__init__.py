"""The return policy: what is accepted, why, until when, and for how much money (contract section 4)."""

from rma.policy.codes import Code, Verdict
from rma.policy.decision import Basis, Decision, LineDecision, RefundBreakdown
from rma.policy.engine import decide
from rma.policy.explain import working_days
from rma.policy.general import ExclusionFact, Facts, facts
from rma.policy.granted import granted
from rma.policy.load import DEFAULT_POLICY, PolicyError, Problem, load_policy
from rma.policy.policy import Policy
from rma.policy.prospects import Deadlines, Outlook, Prospect, deadlines, depends_on, outlook
from rma.policy.request import NO_HISTORY, History, RequestedLine, ReturnRequest
from rma.policy.settle import own_way
from rma.policy.spoken import brief_date, spoken_date, spoken_days, spoken_years

__all__ = [
    "DEFAULT_POLICY",
    "NO_HISTORY",
    "Basis",
    "Code",
    "Deadlines",
    "Decision",
    "ExclusionFact",
    "Facts",
    "History",
    "LineDecision",
    "Outlook",
    "Policy",
    "PolicyError",
    "Problem",
    "Prospect",
    "RefundBreakdown",
    "RequestedLine",
    "ReturnRequest",
    "Verdict",
    "brief_date",
    "deadlines",
    "decide",
    "depends_on",
    "facts",
    "granted",
    "load_policy",
    "outlook",
    "own_way",
    "spoken_date",
    "spoken_days",
    "spoken_years",
    "working_days",
]
