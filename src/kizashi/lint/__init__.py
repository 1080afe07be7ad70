"""What is wrong with alerting rules and dashboards that every syntax check passes.

One file a family of rules, one row a rule; `rules.RULES` lists them.
"""
