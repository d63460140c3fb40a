"""Protocols that source systems speak; no system is named here."""

from dlt_sources.protocols.batch_queries import BatchQueryReader
from dlt_sources.protocols.export_tasks import ExportTaskReader
from dlt_sources.protocols.file_download import FileDownloadReader
from dlt_sources.protocols.folder_documents import FolderDocumentsReader
from dlt_sources.protocols.folder_files import FolderFilesReader
from dlt_sources.protocols.item_collections import ItemCollectionReader
from dlt_sources.protocols.manifest_files import ManifestFilesReader
from dlt_sources.protocols.odata import ODataReader
from dlt_sources.protocols.odata_v4 import ODataV4Reader
from dlt_sources.protocols.offset_list import OffsetListReader
from dlt_sources.protocols.plain_list import PlainListReader
from dlt_sources.protocols.reader import Reader
from dlt_sources.protocols.rest_list import RestListReader
from dlt_sources.protocols.settings_rows import SettingsRowsReader
from dlt_sources.protocols.soql import SoqlReader
from dlt_sources.protocols.sql_tables import SqlTablesReader
from dlt_sources.protocols.suiteql import SuiteQLReader

PROTOCOLS: dict[str, type[Reader]] = {
    "batch_queries": BatchQueryReader,
    "export_tasks": ExportTaskReader,
    "file_download": FileDownloadReader,
    "folder_documents": FolderDocumentsReader,
    "folder_files": FolderFilesReader,
    "item_collections": ItemCollectionReader,
    "manifest_files": ManifestFilesReader,
    "odata_v2": ODataReader,
    "odata_v4": ODataV4Reader,
    "offset_list": OffsetListReader,
    "plain_list": PlainListReader,
    "rest_list": RestListReader,
    "settings_rows": SettingsRowsReader,
    "soql": SoqlReader,
    "sql_tables": SqlTablesReader,
    "suiteql": SuiteQLReader,
}
