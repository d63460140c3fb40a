"""Events of other systems (CloudEvents) in an inbox folder: early news that the nightly load confirms."""
