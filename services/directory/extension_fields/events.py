"""What is announced of extension fields."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.extensions.declarations import Declaration


@dataclass(frozen=True)
class ExtensionFieldDeclared:
    """The region added a field to a resource."""

    extension_field_id: str
    declaration: Declaration


@dataclass(frozen=True)
class ExtensionFieldChanged:
    """The rules of a field changed, or it takes values again."""

    extension_field_id: str
    declaration: Declaration


@dataclass(frozen=True)
class ExtensionFieldRetired:
    """A field takes no more values."""

    extension_field_id: str
    declaration: Declaration


@dataclass(frozen=True)
class ExtensionFieldRestated:
    """Nothing changed; said again for who does not know."""

    extension_field_id: str
    declaration: Declaration
