"""What the product is measured against: the least that does a comparable thing."""
