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
    joins_last_night: bool = Field(
        default=False, description="Run for the day of the last publication, whichever that is when the run begins."
    )
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
        with begin_night(settings, context.run_id, self._day(settings), tuple(self.systems)) as night:
            self._night = night
            yield self

    def _day(self, settings: Settings) -> date | None:
        if self.joins_last_night:
            return None
        return date.fromisoformat(self.as_of) if self.as_of else default_as_of(settings.company)
