"""What the assets are given: the run they belong to."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from dagster import ConfigurableResource, InitResourceContext
from pydantic import Field, PrivateAttr

from finance_assets.lib.night import Night, begin_night, default_as_of
from finance_assets.lib.settings import Settings


class NightResource(ConfigurableResource):
    """One run. It holds the data folder from the first step to the last, so that a second run waits."""

    as_of: str | None = Field(default=None, description="The day to run for, as 2026-09-30; the company's by default.")
    systems: list[str] = Field(
        default=[], description="Extract only these systems or instances; the others keep their last accepted load."
    )
    _night: Night = PrivateAttr()

    @property
    def night(self) -> Night:
        """The run."""
        return self._night

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["NightResource"]:
        """Hold the company's data folder for the run."""
        settings = Settings.from_environment()
        as_of = date.fromisoformat(self.as_of) if self.as_of else default_as_of(settings.company)
        with begin_night(settings, context.run_id, as_of, tuple(self.systems)) as night:
            self._night = night
            yield self
