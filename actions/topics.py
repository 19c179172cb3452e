"""The custom actions, one a topic; data/rules.yml says which intent calls which. What they do is in actions/dialogue."""

from actions.turn import Turn


class RequestReturn(Turn):
    topic = "request_return"


class ReportProblem(Turn):
    topic = "report_problem"


class RequestExchange(Turn):
    topic = "request_exchange"


class WithdrawContract(Turn):
    topic = "withdraw_contract"


class AskReturnPolicy(Turn):
    topic = "ask_return_policy"


class CheckReturnStatus(Turn):
    topic = "check_return_status"


class CheckRefundStatus(Turn):
    topic = "check_refund_status"


class CancelReturn(Turn):
    topic = "cancel_return"


class ResendLabel(Turn):
    topic = "resend_label"


class AppealDecision(Turn):
    topic = "appeal_decision"


class ReportNotReceived(Turn):
    topic = "report_not_received"


class TrackOrder(Turn):
    topic = "track_order"


class CancelOrder(Turn):
    topic = "cancel_order"


class TalkToHuman(Turn):
    topic = "talk_to_human"


class Inform(Turn):
    topic = "inform"


class Greet(Turn):
    topic = "greet"


class Goodbye(Turn):
    topic = "goodbye"


class Thank(Turn):
    topic = "thank"


class Affirm(Turn):
    topic = "affirm"


class Deny(Turn):
    topic = "deny"


class OutOfScope(Turn):
    topic = "out_of_scope"


ALL: tuple[type[Turn], ...] = (
    RequestReturn, ReportProblem, RequestExchange, WithdrawContract, AskReturnPolicy, CheckReturnStatus, CheckRefundStatus,
    CancelReturn, ResendLabel, AppealDecision, ReportNotReceived, TrackOrder, CancelOrder, TalkToHuman, Inform,
    Greet, Goodbye, Thank, Affirm, Deny, OutOfScope,
)  # fmt: skip
