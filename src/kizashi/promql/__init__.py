"""PromQL: the one reader of expressions, and the limits that hold for all of them."""
