"""What the company file says of an instance, as rows: a setting that SQL has to know is landed like all the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlt_sources.errors import ConfigurationError
from dlt_sources.protocols.reader import Page, Reader
from dlt_sources.spec import NonEmpty, ResourceSpec, Strict
from dlt_sources.strict_yaml import did_you_mean


class SettingsRowsRequest(Strict):
    """`option` holds the settings, a group of them per name: the name becomes the key of the row."""

    option: NonEmpty


class SettingsRowsReader(Reader):
    """Reads the settings of an option; nobody is asked."""

    Request = SettingsRowsRequest

    def pages(self, resource: ResourceSpec) -> Iterator[Page]:
        """Yield a row per group of settings; raise ConfigurationError for one that is unknown or missing."""
        option = self.request(resource).option
        at = f"company file: instances.{self.assignment.instance}.options.{option}"
        groups = self.assignment.options[option]
        if not isinstance(groups, Mapping) or not all(isinstance(each, Mapping) for each in groups.values()):
            raise ConfigurationError(f"{at}: must be names with settings below them, but it is {groups!r}")
        (key,) = resource.key
        allowed = [field for field in resource.fields if field != key]
        for name, settings in groups.items():
            for setting in settings:
                if setting not in allowed:
                    raise ConfigurationError(f"{at}.{name}: unknown name '{setting}'" + did_you_mean(setting, allowed))
            for field in allowed:
                if field not in settings and field not in resource.optional_fields:
                    raise ConfigurationError(f"{at}.{name}: '{field}' is missing: add it")
        yield [
            {key: str(name), **{field: settings.get(field) for field in allowed}} for name, settings in groups.items()
        ]
