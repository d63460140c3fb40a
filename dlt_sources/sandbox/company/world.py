"""The simulated company from its first day to the horizon, and what its systems show of it on a given day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from dlt_sources.sandbox.company import (
    bank,
    days,
    labels,
    machines,
    operations,
    parties,
    pipeline,
    planning,
    postings,
    purchasing,
    quotas,
    seeding,
    subscriptions,
    truth,
    truth_sales,
)
from dlt_sources.sandbox.company.billing import Billing
from dlt_sources.sandbox.company.books import Books
from dlt_sources.sandbox.company.draws import Draws
from dlt_sources.sandbox.company.errors import CODE, switches
from dlt_sources.sandbox.company.frame import Frame, sum_by
from dlt_sources.sandbox.company.group import ENTITIES
from dlt_sources.sandbox.company.journal import Book
from dlt_sources.sandbox.company.procurement import Procurement
from dlt_sources.sandbox.company.rates import Rates
from dlt_sources.sandbox.company.vendors import (
    anaplan,
    business_central,
    chargebee,
    coupa,
    d365_finance,
    ecb,
    netsuite,
    oracle_fusion,
    salesforce,
    salesforce_sales_plan,
    sap,
    sap_ecc,
    sql_ledger,
    stripe,
    zuora,
)

VENDOR_TABLES = {
    "sap_s4hana": sap.TABLES,
    "netsuite": netsuite.TABLES,
    "business_central": business_central.TABLES,
    "sap_ecc": sap_ecc.TABLES,
    "sql_ledger": sql_ledger.TABLES,
    "d365_finance": d365_finance.TABLES,
    "oracle_fusion": oracle_fusion.TABLES,
    "salesforce": salesforce.TABLES | salesforce_sales_plan.TABLES,
    "stripe": stripe.TABLES,
    "chargebee": chargebee.TABLES,
    "zuora": zuora.TABLES,
    "coupa": coupa.TABLES,
    "anaplan": anaplan.TABLES,
    "ecb": ecb.TABLES,
}


class World:
    """All events of the company, with everything the labelled errors could change. `as_of` gives views of it."""

    def __init__(
        self,
        seed: int,
        scale: float,
        books: Mapping[str, str | Mapping[str, Any]] | None = None,
        billing: Mapping[str, str] | None = None,
        procurement: Mapping[str, str] | None = None,
    ):
        """`books` names the ERP of entities (by code) whose books are not kept in SAP, `billing` the vendor of those
        whose customers are not billed by Stripe, `procurement` the system of those that do not buy in their ERP; what
        happens is the same, but for the errors between a procurement system and a ledger.
        """
        if scale <= 0:
            raise ValueError(f"the scale must be above 0, but it is {scale}")
        self.books = Books(books)
        self.billing = Billing(billing)
        self.procurement = Procurement(procurement)
        for moved in self.books.cut_overs:
            if not self.procurement.buys_elsewhere()[moved.entity]:
                code = ENTITIES[moved.entity].code
                raise ValueError(
                    f"entity {code} cannot take its purchase orders along into another ERP: let it buy through a "
                    f'procurement system, `procurement: {{"{code}": coupa}}`'
                )
        self.seed, self.scale = seed, scale
        draws = Draws(seed)
        self.rates = Rates(draws)
        self.customers = parties.customers(scale)
        self.duplicates = parties.duplicates(self.customers)
        self.suppliers = parties.suppliers(scale)
        sold = pipeline.first_opportunities(draws, scale, self.customers)
        self.subscriptions, sold = subscriptions.simulated(draws, sold, self.customers)
        self.subscriptions = seeding.seeded_subscriptions(draws, scale, self.subscriptions)
        self.pipeline = seeding.seeded_pipeline(draws, scale, sold)
        self.machines = seeding.seeded_machines(
            draws, scale, machines.simulated(draws, scale, self.rates, self.pipeline, self.customers)
        )
        self.seeded = seeding.seeded_rest(draws, scale, self.customers, self.pipeline, self.subscriptions)
        revenue = self._revenue()
        self.purchasing = seeding.seeded_purchasing(
            draws,
            scale,
            purchasing.simulated(draws, self.rates, scale, self.suppliers, self._cost_of_sales(), revenue),
            self.procurement.buys_elsewhere(),
        )
        self.journal, self.billing_documents, self.payroll, self.affiliate_charges = self._posted(draws, revenue)
        self.plan = planning.simulated(draws, self.journal)
        self.quotas = quotas.simulated(draws, self.rates, self.pipeline)
        self.bank = bank.simulated(draws, scale, self.journal)

    def _posted(self, draws: Draws, revenue: np.ndarray) -> tuple:
        book = Book(self.rates)
        billing_documents = postings.post_machines(book, self.machines)
        postings.post_subscriptions(book, self.subscriptions)
        postings.post_purchasing(book, self.purchasing)
        payroll, affiliate_charges = operations.post_operations(book, draws, self.scale, revenue)
        journal = book.closed(self.books.special_periods())
        return journal, journal.place[billing_documents], payroll, affiliate_charges

    def _revenue(self) -> np.ndarray:
        """Local revenue per entity over the whole history, at the rate of each invoice."""
        revenue = np.zeros(len(ENTITIES), dtype=np.int64)
        standing = self.machines.billings.take(self.machines.billings.stands)
        billed = self.subscriptions.invoices
        for sales in (standing, billed.take(subscriptions.stands(billed))):
            local = self.rates.local(sales.net, sales.currency, sales.entity, sales.day)
            revenue += sum_by(sales.entity, local, len(ENTITIES))
        return revenue

    def _cost_of_sales(self) -> np.ndarray:
        """Local cost per entity of everything delivered."""
        items = self.machines.items
        delivered = items.take(items.delivery >= 0)
        return sum_by(self.machines.orders.entity[delivered.order], delivered.cost, len(ENTITIES))

    def as_of(self, as_of: date, errors: str | set[str] | frozenset[str] | list[str] | None = "all") -> Snapshot:
        """What the systems show at the end of a day with these errors on: 'all', 'none' or a set of names."""
        return Snapshot(self, as_of, errors)


class Snapshot:
    """The company on one day. Tables are made when they are asked for."""

    def __init__(self, world: World, as_of: date, errors: str | set[str] | frozenset[str] | list[str] | None):
        self.world = world
        self.books = world.books
        self.billing = world.billing
        self.procurement = world.procurement
        self.as_of = as_of
        self.day = days.from_date(as_of)
        if not days.FIRST_DAY <= self.day <= days.HORIZON:
            first, last = days.to_date(days.FIRST_DAY), days.to_date(days.HORIZON)
            raise ValueError(f"the company exists from {first} to {last}, but as_of is {as_of}")
        self.switches = switches(errors)
        self.journal = world.journal.view(self.day, self.switches)
        self._vendors: dict[str, Tables] = {}

    def vendor(self, system: str) -> Tables:
        """The tables of one system by resource name, in the vendor's field names and native types."""
        if system not in self._vendors:
            self._vendors[system] = Tables(self, VENDOR_TABLES[system])
        return self._vendors[system]

    def name_variants(self, system: int) -> np.ndarray:
        """Customers that the CRM (0) or billing (1) knows by another name, where the error is on."""
        variants = self.world.seeded.name_variants
        since = self.world.customers.created
        if system == 1:
            since = np.full(len(since), days.NEVER)
            sold = self.world.subscriptions.subscriptions
            np.minimum.at(since, sold.customer, sold.start)
        on = "customer_name_variant" in self.switches
        return variants.customer[(variants.system == system) & (since[variants.customer] <= self.day) & on]

    def wrong_hierarchies(self) -> Frame:
        """Customers with another parent in the CRM, where the error is on."""
        wrong = self.world.seeded.hierarchies
        on = "hierarchy_differs" in self.switches
        return wrong.take((self.world.customers.created[wrong.customer] <= self.day) & on)

    def crm_parents(self) -> np.ndarray:
        """The parent of each customer in the CRM, -1 for none."""
        parents = self.world.customers.parent.copy()
        wrong = self.wrong_hierarchies()
        parents[wrong.customer] = wrong.parent
        return parents

    def unknown_stages_entered(self) -> list[int]:
        """The unknown stages some opportunity has entered by that day."""
        if "unknown_stage" not in self.switches:
            return []
        opportunities = self.world.pipeline.opportunities
        stuck = (opportunities.error == CODE["unknown_stage"]) & (opportunities.negotiated <= self.day)
        return [int(place) for place in np.unique(opportunities.unknown_stage[stuck])]

    def rate_gaps(self) -> Frame:
        """Currencies and days without a quote, where the error is on."""
        gaps = self.world.seeded.rate_gaps
        return gaps.take(np.full(len(gaps), "missing_fx_rate" in self.switches))

    @cached_property
    def is_ordered(self) -> np.ndarray:
        """Whether each sales order is in its ERP: not yet, or never where that error is on."""
        orders = self.world.machines.orders
        is_forgotten = (orders.error == CODE["order_not_in_erp"]) & ("order_not_in_erp" in self.switches)
        return (orders.day <= self.day) & ~is_forgotten

    @cached_property
    def crm_surplus(self) -> np.ndarray:
        """How much more the CRM shows of each sales order than the ERP, where that error is on."""
        orders = self.world.machines.orders
        differs = (orders.error == CODE["order_value_differs"]) & ("order_value_differs" in self.switches)
        return np.where(differs, orders.crm_surplus, 0)

    @cached_property
    def usage(self) -> Frame:
        """Metered usage per subscription and day, with what nobody billed where that error is on."""
        measured = self.world.subscriptions.usage
        if "usage_not_billed" not in self.switches:
            return measured
        return Frame.stacked([measured, self.world.seeded.usage])

    @cached_property
    def purchases(self) -> tuple[Frame, Frame]:
        """Purchase orders and their items, with the errors that are on."""
        return self.world.purchasing.known(self.switches)

    @cached_property
    def bank(self) -> Frame:
        """What the banks have booked by that day."""
        return bank.booked(self)

    @cached_property
    def bank_statements(self) -> Frame:
        """The statements with it."""
        return bank.statements(self.bank)

    @cached_property
    def truth(self) -> Mapping[str, pa.Table]:
        """What the company really looks like that day, worked out from its events."""
        return Tables(self, truth.TABLES | truth_sales.TABLES)

    @cached_property
    def labels(self) -> pa.Table:
        """The errors that can be seen that day: the answer key."""
        return labels.table(self)


class Tables(Mapping[str, pa.Table]):
    """Tables by name, made on first use and kept; `batches` hands out large ones in pieces without keeping them."""

    def __init__(self, snapshot: Snapshot, makers: Mapping[str, object]):
        self._snapshot = snapshot
        self._makers = makers
        self._made: dict[str, pa.Table] = {}

    def __getitem__(self, resource: str) -> pa.Table:
        if resource not in self._made:
            self._made[resource] = pa.concat_tables(list(self.batches(resource)))
        return self._made[resource]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def batches(self, resource: str) -> Iterator[pa.Table]:
        """The table in pieces, in its order."""
        made = self._makers[resource](self._snapshot)
        if isinstance(made, pa.Table):
            yield made
        else:
            yield from made


def build_world(
    seed: int,
    scale: float,
    books: Mapping[str, str | Mapping[str, Any]] | None = None,
    billing: Mapping[str, str] | None = None,
    procurement: Mapping[str, str] | None = None,
) -> World:
    """The company of a seed: scale 1 is about 100,000 journal lines. The same seed gives the same bytes.

    `books` says which ERP keeps the books of an entity, where that is not SAP: `{"3020": "netsuite"}`, or until when it
    was in one and then in another: `{"2010": {"until": "2026-03-31", "first": "sap_s4hana", "then": "netsuite"}}`;
    `billing` which
    vendor bills the customers of an entity, where that is not Stripe: `{"3010": "chargebee"}`; `procurement` through
    which system an entity buys, where that is not its ERP: `{"2010": "coupa"}`.
    """
    return World(seed, scale, books, billing, procurement)
