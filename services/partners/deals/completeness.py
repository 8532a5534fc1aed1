"""What a deal still lacks before a decision can be asked for (PRM-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.partners.deals.customer import DealCustomer

if TYPE_CHECKING:
    from services.partners.deals.domain import Deal


def missing_fields(deal: Deal) -> list[str]:
    """The paths of the fields that are needed and empty."""
    customer = deal.customer or DealCustomer()
    needed = {
        "deal.customer.name": customer.name.strip(),
        "deal.customer.country": customer.country,
        "deal.customer.tax_id": customer.tax_id.strip() or customer.email_domain.strip(),
        "deal.contact.family_name": deal.contact is None or deal.contact.is_named,
        "deal.product_line": deal.product_line.strip(),
        "deal.expected_amount": deal.expected_amount is not None,
        "deal.expected_close_date": deal.expected_close_date,
    }
    return [path for path, value in needed.items() if not value]
