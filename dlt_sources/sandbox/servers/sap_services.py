"""The released SAP services the sandbox offers: sets, keys, currencies of amounts, and their `$metadata`."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class EntitySet:
    """One entity set: the snapshot's resource behind it, its key, and what makes it an aggregate."""

    service: str
    name: str
    resource: str
    key: tuple[str, ...]
    # Aggregate sets only: the dimensions of the finest grain; the key is then a generated ID.
    grain: tuple[str, ...] = ()

    @property
    def is_aggregate(self) -> bool:
        return bool(self.grain)

    @property
    def type_name(self) -> str:
        return f"{self.name}Type"

    @property
    def namespace(self) -> str:
        return NAMESPACES.get(self.service, self.service)


NAMESPACES = {"API_GLACCOUNTLINEITEM": "cds_api_glaccountlineitem"}

# service: {entity set: (resource, key)}
_PLAIN_SETS: dict[str, dict[str, tuple[str, str]]] = {
    "API_COMPANYCODE_SRV": {"A_CompanyCode": ("company_codes", "CompanyCode")},
    "API_GLACCOUNTINCHARTOFACCOUNTS_SRV": {
        "A_GLAccountInChartOfAccounts": ("gl_accounts", "ChartOfAccounts GLAccount"),
        "A_GLAccountText": ("gl_account_texts", "ChartOfAccounts GLAccount Language"),
    },
    "API_COSTCENTER_SRV": {
        "A_CostCenter": ("cost_centers", "ControllingArea CostCenter ValidityEndDate"),
        "A_CostCenterText": ("cost_center_texts", "CostCenter ControllingArea Language ValidityEndDate"),
    },
    "API_PROFITCENTER_SRV": {"A_ProfitCenter": ("profit_centers", "ControllingArea ProfitCenter ValidityEndDate")},
    "API_BUSINESS_PARTNER": {
        "A_BusinessPartner": ("business_partners", "BusinessPartner"),
        "A_BusinessPartnerTaxNumber": ("business_partner_tax_numbers", "BusinessPartner BPTaxType"),
        "A_BusinessPartnerAddress": ("business_partner_addresses", "BusinessPartner AddressID"),
        "A_Customer": ("customers", "Customer"),
        "A_CustomerCompany": ("customer_companies", "Customer CompanyCode"),
        "A_Supplier": ("suppliers", "Supplier"),
        "A_SupplierCompany": ("supplier_companies", "Supplier CompanyCode"),
    },
    "API_PRODUCT_SRV": {
        "A_Product": ("products", "Product"),
        "A_ProductDescription": ("product_descriptions", "Product Language"),
    },
    "API_OPLACCTGDOCITEMCUBE_SRV": {
        "A_OperationalAcctgDocItemCube": (
            "subledger_items",
            "CompanyCode FiscalYear AccountingDocument AccountingDocumentItem",
        ),
    },
    "API_SALES_ORDER_SRV": {
        "A_SalesOrder": ("sales_orders", "SalesOrder"),
        "A_SalesOrderItem": ("sales_order_items", "SalesOrder SalesOrderItem"),
    },
    "API_BILLING_DOCUMENT_SRV": {
        "A_BillingDocument": ("billing_documents", "BillingDocument"),
        "A_BillingDocumentItem": ("billing_document_items", "BillingDocument BillingDocumentItem"),
    },
    "API_PURCHASEORDER_PROCESS_SRV": {
        "A_PurchaseOrder": ("purchase_orders", "PurchaseOrder"),
        "A_PurchaseOrderItem": ("purchase_order_items", "PurchaseOrder PurchaseOrderItem"),
        "A_PurchaseOrderScheduleLine": (
            "purchase_order_schedule_lines",
            "PurchasingDocument PurchasingDocumentItem ScheduleLine",
        ),
    },
    "API_MATERIAL_DOCUMENT_SRV": {
        "A_MaterialDocumentHeader": ("material_documents", "MaterialDocumentYear MaterialDocument"),
        "A_MaterialDocumentItem": (
            "material_document_items",
            "MaterialDocumentYear MaterialDocument MaterialDocumentItem",
        ),
    },
    "API_SUPPLIERINVOICE_PROCESS_SRV": {
        "A_SupplierInvoice": ("supplier_invoices", "SupplierInvoice FiscalYear"),
        "A_SuplrInvcItemPurOrdRef": ("supplier_invoice_items", "SupplierInvoice FiscalYear SupplierInvoiceItem"),
    },
}
_JOURNAL = EntitySet(
    "API_GLACCOUNTLINEITEM",
    "GLAccountLineItem",
    "journal_lines",
    ("ID",),
    ("SourceLedger", "CompanyCode", "FiscalYear", "AccountingDocument", "LedgerGLLineItem", "Ledger"),
)

SERVICES: dict[str, dict[str, EntitySet]] = {
    service: {name: EntitySet(service, name, resource, tuple(key.split())) for name, (resource, key) in sets.items()}
    for service, sets in _PLAIN_SETS.items()
} | {_JOURNAL.service: {_JOURNAL.name: _JOURNAL}}

# The currency property of each amount, as the services' sap:unit says; several names are tried because header and
# item sets of purchasing speak of DocumentCurrency where sales speaks of TransactionCurrency.
_CURRENCY_OF_AMOUNT = {
    "AmountInTransactionCurrency": "TransactionCurrency",
    "AmountInCompanyCodeCurrency": "CompanyCodeCurrency",
    "AmountInGlobalCurrency": "GlobalCurrency",
    "TotalNetAmount": "TransactionCurrency",
    "NetAmount": "TransactionCurrency",
    "TaxAmount": "TransactionCurrency",
    "TotalGrossAmount": "TransactionCurrency",
    "GrossAmount": "TransactionCurrency",
    "NetPriceAmount": "DocumentCurrency",
    "InvoiceGrossAmount": "DocumentCurrency",
    "SupplierInvoiceItemAmount": "DocumentCurrency",
}
_UNIT_OF_QUANTITY = {
    "RequestedQuantity": "RequestedQuantityUnit",
    "BillingQuantity": "BillingQuantityUnit",
    "OrderQuantity": "PurchaseOrderQuantityUnit",
    "QuantityInEntryUnit": "EntryUnit",
}
_EDM_TYPE = {
    "varchar": "Edm.String",
    "boolean": "Edm.Boolean",
    "date": "Edm.DateTime",
    "timestamp": "Edm.DateTimeOffset",
    "decimal": "Edm.Decimal",
    "bigint": "Edm.Int32",
    "integer": "Edm.Int32",
}


def currency_of(amount: str, columns: Mapping[str, str]) -> str | None:
    """The property that holds the currency of an amount, None for quantities and other numbers."""
    currency = _CURRENCY_OF_AMOUNT.get(amount)
    return currency if currency in columns else None


def measures(columns: Mapping[str, str]) -> list[str]:
    """The properties an aggregate set sums: those with a currency."""
    return [name for name, kind in columns.items() if kind == "decimal" and currency_of(name, columns)]


def metadata(service: str, columns_of: Mapping[str, Mapping[str, str]]) -> str:
    """The service document `$metadata` (EDMX 1.0, OData 2.0) for the sets in `columns_of` (set name → columns)."""
    sets = [SERVICES[service][name] for name in columns_of]
    namespace = NAMESPACES.get(service, service)
    types = "".join(_entity_type(entity_set, columns_of[entity_set.name]) for entity_set in sets)
    members = "".join(
        f'<EntitySet Name="{s.name}" EntityType="{namespace}.{s.type_name}" sap:creatable="false" '
        'sap:updatable="false" sap:deletable="false" sap:content-version="1"/>'
        for s in sets
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"'
        ' xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
        ' xmlns:sap="http://www.sap.com/Protocols/SAPData">'
        '<edmx:DataServices m:DataServiceVersion="2.0">'
        f'<Schema Namespace="{namespace}" xmlns="http://schemas.microsoft.com/ado/2008/09/edm" sap:schema-version="1">'
        f"{types}"
        f'<EntityContainer Name="{namespace}_Entities" m:IsDefaultEntityContainer="true">{members}</EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def _entity_type(entity_set: EntitySet, columns: Mapping[str, str]) -> str:
    key = "".join(f'<PropertyRef Name="{name}"/>' for name in entity_set.key)
    units = {currency_of(name, columns): "currency-code" for name in columns if currency_of(name, columns)}
    units |= {unit: "unit-of-measure" for unit in _UNIT_OF_QUANTITY.values() if unit in columns}
    properties = ""
    if entity_set.is_aggregate:
        properties += (
            '<Property Name="ID" Type="Edm.String" Nullable="false" sap:sortable="false" sap:filterable="false"/>'
        )
    for name, kind in columns.items():
        attributes = [f'Name="{name}"', f'Type="{_EDM_TYPE[kind]}"']
        if name in entity_set.key:
            attributes.append('Nullable="false"')
        if kind == "date":
            attributes += ['Precision="0"', 'sap:display-format="Date"']
        if kind == "timestamp":
            attributes.append('Precision="0"')
        if kind == "decimal":
            attributes += ['Precision="24"', 'Scale="3"']
        if entity_set.is_aggregate:
            is_measure = currency_of(name, columns) is not None
            attributes.append(f'sap:aggregation-role="{"measure" if is_measure else "dimension"}"')
            if is_measure:
                attributes.append('sap:filterable="false"')
        if unit := currency_of(name, columns) or _UNIT_OF_QUANTITY.get(name):
            attributes.append(f'sap:unit="{unit}"')
        if name in units:
            attributes.append(f'sap:semantics="{units[name]}"')
        attributes.append(f'sap:label="{escape(_label(name))}"')
        properties += f"<Property {' '.join(attributes)}/>"
    semantics = ' sap:semantics="aggregate"' if entity_set.is_aggregate else ""
    return (
        f'<EntityType Name="{entity_set.type_name}"{semantics} sap:content-version="1">'
        f"<Key>{key}</Key>{properties}</EntityType>"
    )


def _label(name: str) -> str:
    """Words of a property name: CompanyCodeCurrency → Company Code Currency."""
    words = "".join(
        f" {letter}" if letter.isupper() and not previous.isupper() else letter
        for previous, letter in zip(" " + name, name, strict=False)
    )
    return words.strip()
