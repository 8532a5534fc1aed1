"""The metadata of service's database; each slice's store adds its tables."""

from chassis.database import new_metadata
from chassis.extensions import tables as extensions
from chassis.relocation import tables as relocation

metadata = new_metadata()
extensions.add_tables(metadata)
relocation.add_tables(metadata)
