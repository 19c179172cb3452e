"""The business' refusals in the agent's words. The business speaks English to staff and operators; who reads them here may not."""

import re

from gateway.console.words import Words

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (key, re.compile(pattern))
    for key, pattern in (
        ("why_disabled", r"this account is disabled"),
        ("why_limit", r"(?P<amount>[\d.]+) (?P<currency>[A-Z]{3}) is more than your limit of (?P<limit>[\d.]+); .*"),
        ("why_nobody_else", r"nobody else has this conversation; take it"),
        ("why_nobody", r"nobody has this conversation"),
        ("why_pass_on", r"(?P<who>\S+) has this conversation; they or an admin can pass it on"),
        ("why_theirs", r"(?P<who>\S+) has this conversation; take it over first"),
        ("why_yours", r"you have this conversation already"),
        ("why_not_reopened", r"this conversation is (?P<status>\w+); only a snoozed or resolved one is reopened"),
        ("why_assistant", r"the assistant has this conversation; take it first"),
        ("why_no_return", r"there is no return to do that with"),
        ("why_decided", r"(?P<number>\S+) is (?P<rma>\w+); it waits for nobody's decision"),
        ("why_paid", r"(?P<number>\S+) is (?P<rma>\w+); its amount can no longer be changed"),
        ("why_sent", r"(?P<number>\S+) is (?P<rma>\w+); it can be cancelled only before the parcel is sent"),
        ("why_no_label", r"(?P<number>\S+) has no label that can still be used"),
        ("why_past", r"snooze until a time that is still to come"),
        ("why_undecided", r"(?P<number>\S+) still waits for a decision: .*"),
        ("why_changed", r"this conversation changed while you looked at it|the conversation went on meanwhile.*"),
        ("why_form", r"This page is out of date.*"),
        ("why_session", r"You are logged out.*"),
        ("why_admin", r"[Oo]nly an admin .*"),
        ("why_empty", r"The text is empty\."),
        ("why_reason", r"say why: .*"),
        ("why_left", r"the amount must be from 0 to (?P<limit>[\d.]+) (?P<currency>[A-Z]{3}), .*"),
        ("why_nothing", r"Choose how many of at least one item\."),
        ("why_amount", r"The amount is not a number such as 19\.90\."),
        ("why_when", r"Choose a day and a time\."),
        ("why_login", r"'.*' is no user name: .*"),
        ("why_password", r"a password has \d+ to \d+ characters"),
        ("why_old_password", r"the old password is wrong"),
        ("why_taken", r"there is a user \S+ already"),
        ("why_last_admin", r"\S+ is the only admin; make somebody else one first"),
        ("why_elsewhere", r"(?P<number>\S+) is (?P<rma>\w+) and its units stand in another return of order (?P<order>.+): .*"),
        ("why_undecided_goods", r"(?P<number>\S+) is (?P<rma>\w+): somebody decides on it first; .*"),
        ("why_not_ours", r"(?P<number>\S+) is (?P<rma>\w+): its goods are the shopper's, .*"),
        ("why_beyond", r"(?P<number>\S+) is (?P<rma>\w+), and (?P<count>\d+) of these came beyond it: .*"),
        ("why_elsewhere_paid", r"(?P<number>\S+): units that were not accepted, or missing, stand in another return .*"),
        ("why_all_came", r"(?P<number>\S+) is (?P<rma>\w+): all that was announced came; .*"),
        ("why_not_here", r"(?P<number>\S+) is (?P<rma>\w+): nothing of it came yet; .*"),
        ("why_inspected", r"(?P<number>\S+) is (?P<rma>\w+): all that came was inspected"),
        ("why_fewer_came", r"line (?P<line>\S+): (?P<count>\d+) units, but (?P<came>\d+) came that nobody looked at yet"),
        ("why_more_than_bought", r"line (?P<line>\S+): more units would come back than were bought"),
        ("why_tags_many", r"line (?P<line>\S+): (?P<tags>\d+) tags of single units, but (?P<count>\d+) units"),
        ("why_tag_twice", r"line (?P<line>\S+): the tag (?P<tag>\S+) was read twice"),
        ("why_tag_other", r"line (?P<line>\S+): the tag (?P<tag>\S+) is of another article"),
        ("why_tag_before", r"line (?P<line>\S+): the tag (?P<tag>\S+) was looked at in (?P<number>\S+) already"),
        ("why_say_why", r"\w+ is not what is proposed .*|line \S+: say why it is not accepted; .*"),
        ("why_banned", r"(?P<way>\w+): .*2024/1781.*"),
        ("why_apart", r"(?P<way>\w+): dangerous goods that are .*"),
        ("why_parcel_settled", r"parcel \d+ is settled already: (?P<outcome>.*)"),
        ("why_no_order", r"there is no order (?P<order>.+)"),
        ("why_more_came", r"order (?P<order>.+): more units than were bought and are in no return yet"),
        ("why_policy_no", r"order (?P<order>.+): the policy declines it \((?P<codes>.*)\)"),
        ("why_unpayable", r"(?P<number>\S+) is (?P<rma>\w+): nothing is paid for it"),
        ("why_closed", r"(?P<number>\S+) is closed; only goodwill can be paid, with a reason"),
        ("why_all_paid", r"everything that is due on (?P<number>\S+) was paid or is on its way"),
        ("why_all_back", r"all that was paid for order (?P<order>.+) went back already"),
        ("why_at_most", r"at most (?P<limit>[\d.]+) (?P<currency>[A-Z]{3}) are left of what was paid for (?P<order>.+)"),
        ("why_is_repair", r"(?P<number>\S+) is a repair: no money is due; .*"),
        ("why_is_instead", r"(?P<number>\S+) is settled with \w+: what goes out for it .*"),
        ("why_nothing_came", r"nothing of (?P<number>\S+) came yet: .*"),
        ("why_none_accepted", r"nothing is due on (?P<number>\S+): nothing that came was accepted"),
        ("why_not_due", r"nothing is due yet on (?P<number>\S+): .*"),
        ("why_due_first", r"(?P<amount>[\d.]+) (?P<currency>[A-Z]{3}) are due on (?P<number>\S+): pay that first, .*"),
        ("why_instead_first", r"(?P<number>\S+): what goes out instead is not sent yet; .*"),
        ("why_paid_meanwhile", r"(?P<number>\S+): somebody else paid for it meanwhile; look again"),
        ("why_open_first", r"(?P<number>\S+): a payment failed or is on its way; .*"),
        ("why_money_moved", r"(?P<number>\S+): money went back for it already; .*"),
        ("why_no_goodwill", r"nothing of \S+ is left to be paid; .*|the amount must be zero or more"),
        ("why_not_failed", r"refund \d+ has no part that failed"),
        ("why_perhaps_paid", r"refund \d+: nobody knows whether it was paid; .*"),
        ("why_sent_already", r"(?P<number>\S+): it is (?P<rma>\w+); only a parcel that is not sent yet can have more time"),
        ("why_extended", r"(?P<number>\S+): it had more time once already"),
        ("why_no_repair", r"(?P<number>\S+) is no repair: the shopper chose (?P<resolution>\w+)"),
        ("why_none_repaired", r"(?P<number>\S+) is (?P<rma>\w+): there is nothing repaired to be sent back"),
        ("why_other_refund", r"the key was used for another refund of (?P<number>\S+)"),
        ("why_sold_out", r"(?P<sku>.+) for (?P<number>RT-\S+) is sold out: .*"),
        ("why_not_sent", r"(?P<sku>.+) cannot be sent for (?P<number>RT-[^:]+): (?P<why>.*)"),
        ("why_costs_more", r"(?P<amount>[\d.]+) (?P<currency>[A-Z]{3}) more than what comes back: .*"),
        ("why_difference", r"the difference is (?P<amount>[\d.]+) (?P<currency>[A-Z]{3})"),
        ("why_no_difference", r"(?P<number>\S+): nothing that goes out costs more any longer"),
        ("why_decimals", r"the amount has more decimals than (?P<unit>[A-Z]{3})"),
        ("why_busy", r"\S+ is being changed by others; try again|somebody else changed this .*|the database is busy; repeat"),
        ("why_ours", r"Something went wrong on our side\..*"),
        ("why_foreign", r"This came from .*"),
        ("why_gone", r"There is nothing at this address\.|no such conversation.*"),
    )
)
_CODES = {"status": "state", "rma": "status", "way": "way", "resolution": "resolution"}


def in_words(refusal: str, words: Words) -> str:
    """`refusal` in the agent's language where it is one of those known, else as it came, as a sentence."""
    if known := known_in_words(refusal, words):
        return known
    sentence = refusal[:1].upper() + refusal[1:]
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def note_in_words(note: str | None, words: Words) -> str | None:
    """What the business, or a person, noted of a parcel: what a person wrote stays as it is."""
    return note and (known_in_words(note, words) or note)


def known_in_words(refusal: str, words: Words) -> str | None:
    """`refusal` in the agent's language; None where it is none of those known."""
    for key, pattern in _PATTERNS:
        if found := pattern.fullmatch(refusal):
            values = {name: words.code(_CODES[name], value) if name in _CODES else value
                      for name, value in found.groupdict().items()}  # fmt: skip
            for name in {"amount", "limit"} & values.keys():
                values[name] = words.money(values[name], values["currency"])
            return words.t(key, **values)
    return None
