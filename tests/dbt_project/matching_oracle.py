"""What the matching engine must find, told item by item in plain Python: slow, and without a window in sight."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal


@dataclass
class Item:
    """An item of a population and what the oracle finds about it."""

    side: str
    item_key: str
    currency_code: str
    amount: Decimal
    item_date: date
    columns: dict[str, object]
    finding: str = "alone"
    rule_name: str = "unmatched"
    match: frozenset[str] = field(default_factory=frozenset)

    @property
    def name(self) -> str:
        return f"{self.side} {self.item_key}"

    @property
    def age(self) -> tuple:
        """The order of items: the earliest first, what nothing else tells apart by name."""
        return self.item_date, self.amount, self.item_key

    def key(self, columns: list) -> tuple | None:
        parts = tuple(self.columns[column if isinstance(column, str) else column[self.side]] for column in columns)
        return None if None in parts else parts


def allowed(left_amount: Decimal, absolute: Decimal, percent: Decimal) -> Decimal:
    """max(absolute, percent of the left amount), in the four decimals of an amount."""
    share = (abs(left_amount) * percent * Decimal("0.01")).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return max(absolute, share)


def total(items: Iterable[Item]) -> Decimal:
    return sum((item.amount for item in items), Decimal(0))


class Oracle:
    """Runs the rules one after the other over the items that are still open."""

    def __init__(self, items: list[Item], rules: list[dict], absolute: Decimal, percent: Decimal) -> None:
        self.items = items
        self.absolute = absolute
        self.percent = percent
        for rule in rules:
            for look in self.looks(rule):
                look(rule)

    def looks(self, rule: dict) -> list[Callable[[dict], None]]:
        if "window_business_days" in rule:
            return [lambda rule: self.window(rule, False), lambda rule: self.window(rule, True)]
        if rule.get("amount") == "all_but_one":
            return [self.all_but_one]
        if rule["kind"] != "one_to_one":
            return [{"reversal": self.reversals, "many_to_many": self.groups}.get(rule["kind"], self.sums)]
        return {
            "exact": [self.exact_pairs],
            "tolerance": [self.exact_pairs, self.near_pairs],
            "any": [self.loose_pairs],
        }[rule.get("amount", "exact")]

    def agree(self, rule: dict, left: Decimal, right: Decimal) -> bool:
        amount = rule.get("amount", "exact")
        if amount == "tolerance":
            return abs(left - right) <= allowed(left, self.absolute, self.percent)
        return amount == "any" or left == right

    def is_for(self, rule: dict, item: Item) -> bool:
        """Whether the rule's condition admits the item; of SQL the oracle knows `<column> is null`."""
        column, _, condition = rule.get(f"{item.side}_where", "").partition(" ")
        return not column or (condition == "is null" and item.columns[column] is None)

    def groups_by_key(self, rule: dict) -> Iterable[tuple[list[Item], list[Item]]]:
        """The open items of each key, left and right, the earliest first."""
        found: dict[tuple, list[Item]] = defaultdict(list)
        for item in self.items:
            key = item.key(rule["key"])
            if item.match or key is None or not self.is_for(rule, item):
                continue
            found[key if rule.get("currency") == "any" else (*key, item.currency_code)].append(item)
        for items in found.values():
            items.sort(key=lambda item: item.age)
            yield [i for i in items if i.side == "left"], [i for i in items if i.side == "right"]

    def take(self, rule: dict, matches: list[list[Item]], key_items: list[Item]) -> None:
        """Close each match; what shares the key of one and was not taken is a duplicate."""
        for match in matches:
            for item in match:
                item.match = frozenset(other.name for other in match)
                item.finding, item.rule_name = "match", rule["name"]
        sides = {item.side for match in matches for item in match}
        for item in key_items:
            other_side = "right" if item.side == "left" else "left"
            if not item.match and other_side in sides and item.finding not in ("left_out", "duplicate"):
                item.finding, item.rule_name = "duplicate", rule["name"]

    def is_ambiguous(self, items: list[Item]) -> None:
        for item in items:
            if not item.match and item.finding not in ("left_out", "duplicate"):
                item.finding = "ambiguous"

    def reversals(self, rule: dict) -> None:
        for lefts, rights in self.groups_by_key(rule):
            alike: dict[Decimal, tuple[list[Item], list[Item]]] = defaultdict(lambda: ([], []))
            for item in lefts if rule["side"] == "left" else rights:
                if item.columns["is_reversal"] or item.columns["is_reversed"]:
                    alike[abs(item.amount)][bool(item.columns["is_reversal"])].append(item)
            for originals, reversals in alike.values():
                for pair in zip(
                    sorted(originals, key=lambda i: (i.item_date, i.item_key)),
                    sorted(reversals, key=lambda i: (i.item_date, i.item_key)),
                    strict=False,
                ):
                    if total(pair) == 0:
                        for item in pair:
                            item.match = frozenset(other.name for other in pair)
                            item.finding, item.rule_name = "reversal", rule["name"]

    def exact_pairs(self, rule: dict) -> None:
        for lefts, rights in self.groups_by_key(rule):
            waiting = list(rights)
            matches = []
            for left in lefts:
                equal = [r for r in waiting if (r.currency_code, r.amount) == (left.currency_code, left.amount)]
                if equal:
                    waiting.remove(equal[0])
                    matches.append([left, equal[0]])
            self.take(rule, matches, lefts + rights)

    def near_pairs(self, rule: dict) -> None:
        for lefts, rights in self.groups_by_key(rule):
            if min(len(lefts), len(rights)) > 1:
                self.is_ambiguous(lefts + rights)
            elif lefts and rights:
                pairs = [
                    [left, right]
                    for left in lefts
                    for right in rights
                    if left.currency_code == right.currency_code and self.agree(rule, left.amount, right.amount)
                ]
                many = 1 if len(lefts) == 1 else 0
                pairs.sort(key=lambda pair, many=many: (abs(pair[0].amount - pair[1].amount), pair[many].age))
                self.take(rule, pairs[:1], lefts + rights)

    def loose_pairs(self, rule: dict) -> None:
        for lefts, rights in self.groups_by_key(rule):
            if min(len(lefts), len(rights)) > 1:
                self.is_ambiguous(lefts + rights)
            elif lefts and rights:
                many = 1 if len(lefts) == 1 else 0
                first = min(
                    ([left, right] for left in lefts for right in rights),
                    key=lambda pair, many=many: (
                        pair[0].currency_code != pair[1].currency_code,
                        pair[many].item_date,
                        abs(pair[0].amount - pair[1].amount),
                        pair[many].amount,
                        pair[many].item_key,
                    ),
                )
                self.take(rule, [first], lefts + rights)

    def sums(self, rule: dict) -> None:
        for lefts, rights in self.groups_by_key(rule):
            many, ones = (lefts, rights) if rule["kind"] == "many_to_one" else (rights, lefts)
            if not many or not ones:
                continue
            whole = total(many)
            agreeing = [
                one
                for one in ones
                if self.agree(rule, *((whole, one.amount) if rule["kind"] == "many_to_one" else (one.amount, whole)))
            ]
            if rule.get("amount") != "any":
                agreeing.sort(key=lambda one, whole=whole: (abs(one.amount - whole), one.age))
            self.take(rule, [[agreeing[0], *many]] if agreeing else [], lefts + rights)

    def all_but_one(self, rule: dict) -> None:
        for lefts, rights in self.groups_by_key(rule):
            many, ones = (lefts, rights) if rule["kind"] == "many_to_one" else (rights, lefts)
            if len(many) < 2 or not ones:
                continue
            left_out = [item for item in many if item.amount and total(many) - item.amount == ones[0].amount]
            if len(left_out) == 1:
                left_out[0].finding, left_out[0].rule_name = "left_out", "unmatched"
                self.take(rule, [[ones[0], *(i for i in many if i is not left_out[0])]], lefts + rights)
            elif left_out:
                self.is_ambiguous(lefts + rights)

    def groups(self, rule: dict) -> None:
        for lefts, rights in self.groups_by_key(rule):
            if lefts and rights and self.agree(rule, total(lefts), total(rights)):
                self.take(rule, [lefts + rights], [])

    def window(self, rule: dict, is_last: bool) -> None:
        for lefts, rights in self.groups_by_key(rule):
            bundles: dict[tuple, list[Item]] = defaultdict(list)
            for item in sorted(lefts + rights, key=lambda i: (i.item_date, i.item_key)):
                bundles[item.side, item.amount, item.columns["business_day_number"]].append(item)
            candidates = {
                (left, right): (abs(left[1] - right[1]), abs(left[2] - right[2]))
                for left in bundles
                for right in bundles
                if left[0] == "left"
                and right[0] == "right"
                and abs(left[2] - right[2]) <= rule["window_business_days"]
                and self.agree(rule, left[1], right[1])
            }
            for pair, distance in candidates.items():
                rivals = [d for other, d in candidates.items() if (other[0] == pair[0]) ^ (other[1] == pair[1])]
                left_items, right_items = bundles[pair[0]], bundles[pair[1]]
                if all(distance < rival for rival in rivals) and len(left_items) == len(right_items):
                    for match in zip(left_items, right_items, strict=True):
                        self.take(rule, [list(match)], [])
            if is_last:
                for pair in candidates:
                    self.is_ambiguous(bundles[pair[0]] + bundles[pair[1]])
