"""Map taxon messages to category events."""

from collections.abc import Mapping
from dataclasses import dataclass

from mappers.dates import Clock
from mappers.events import Event, Fact, Key, Mapped, Memory, first, present
from mappers.problems import Warning, limited, missing
from mappers.reading.catalog import Taxon


@dataclass(frozen=True)
class TaxonDraft:
    """A taxon message; `is_category` if it is in the shop's product taxonomy."""

    taxon: Taxon
    is_category: bool
    clock: Clock
    warnings: list[Warning]

    @property
    def locks(self) -> tuple[Key, ...]:
        """The category."""
        return (Key("category", self.taxon.id or ""),) if self.is_category else ()

    @property
    def recalls(self) -> tuple[Key, ...]:
        """The category."""
        return self.locks

    def events(self, memory: Memory) -> Mapped:
        """Return the category event, or none if the taxon is in another taxonomy."""
        if not self.is_category:
            return Mapped([], [])
        (lock,) = self.locks
        taxon, before = self.taxon, (memory.get(lock) or {}).get("date", "")
        own = None if taxon.updated_at is None else self.clock.clamped(taxon.updated_at)
        # A message without a date counts as the newest, even if the clock was set back.
        changed = own or max(first(taxon.created_at, self.clock.now), before)
        parents = None if taxon.parent_id is None else [{"id": taxon.parent_id}]
        body = {
            "id": taxon.id,
            "name": taxon.name,
            "create_date": min(first(taxon.created_at, changed), changed),
            "change_date": changed,
            "parent_categories": parents,
        }
        fact = Fact(lock, changed, {"date": changed})
        is_outdated = own is not None and own < before
        event = Event("category", present(body), (fact,), lock, is_outdated)
        return Mapped([event], limited(self.warnings))


def taxon_draft(
    taxon: Taxon | None, parameters: Mapping[str, str], clock: Clock, warnings: list[Warning]
) -> TaxonDraft:
    """Return the draft of a taxon message. Raise MappingError if the id or name is missing.

    The taxonomy of the shop's categories is the parameter `product_category_taxonomy`.
    """
    taxon = taxon or Taxon()
    taxonomy = parameters.get("product_category_taxonomy")
    is_elsewhere = taxonomy is None or taxon.taxonomy_id != taxonomy
    if is_elsewhere and taxon != Taxon():
        return TaxonDraft(taxon, is_category=False, clock=clock, warnings=warnings)
    absent = [name for name in ("id", "name") if getattr(taxon, name) is None]
    if absent:
        raise missing(*(f"taxon.{name}" for name in absent))
    return TaxonDraft(taxon, is_category=True, clock=clock, warnings=warnings)
