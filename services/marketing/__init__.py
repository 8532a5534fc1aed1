"""Marketing 营销管理: campaigns, leads, attribution."""
