"""Files of other tools whose every objective can be carried."""

#: One input for each dialect whose every objective can be carried.
SOUND: dict[str, str] = {
    "sloth": """\
version: prometheus/v1
service: shop
slos:
  - name: orders
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(bad_total{job="shop"}[{{.window}}]))
        total_query: sum(rate(all_total{job="shop"}[{{.window}}]))
  - name: latency
    objective: 99
    sli:
      events:
        error_query: sum(rate(d_seconds_count{job="shop"}[{{.window}}])) - sum(rate(d_seconds_bucket{job="shop",le="0.0005"}[{{.window}}]))
        total_query: sum(rate(d_seconds_count{job="shop"}[{{.window}}]))
""",
    "pyrra": """\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: api}
spec:
  target: '99.5'
  window: 30d
  indicator: {bool_gauge: {metric: 'up{job="api"}'}}
""",
    "prometheus": """\
groups:
  - name: a
    rules:
      - alert: Burn
        expr: |
          sum(rate(bad_total{job="a"}[2h])) / sum(rate(all_total{job="a"}[2h])) > 14.4 * 0.001
          and sum(rate(bad_total{job="a"}[5m])) / sum(rate(all_total{job="a"}[5m])) > 14.4 * 0.001
        labels: {severity: page}
""",
    "slo-generator": """\
apiVersion: sre.google.com/v2
kind: ServiceLevelObjective
metadata: {name: api}
spec:
  goal: 0.99
  backend: prometheus
  method: distribution_cut
  service_level_indicator: {expression: 'd_seconds_bucket{job="a"}', threshold_bucket: 0.25}
""",
    "openslo": """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: orders}
spec:
  service: shop
  budgetingMethod: Occurrences
  indicator:
    metadata: {name: orders}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: 'bad_total{job="shop"}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'all_total{job="shop"}'}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  objectives: [{target: 0.999}]
""",
}
