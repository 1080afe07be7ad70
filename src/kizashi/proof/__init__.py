"""What rules say of traffic of which everybody knows what happened.

Stories tell the traffic; rules of Kizashi and of other tools are put through them by
Prometheus' own evaluator; what they say stands beside what happened.
"""
