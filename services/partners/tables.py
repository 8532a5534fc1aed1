"""The metadata of the partners service's database; each slice's store adds its tables."""

from chassis.database import new_metadata
from chassis.extensions.tables import add_tables

metadata = new_metadata()
add_tables(metadata)
