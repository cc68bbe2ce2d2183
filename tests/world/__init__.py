"""The test world: real engines with a generated history of known truth, and loopback PagerDuty and Grafana.

Modules, and what each offers:

=================  ====================================================================================================
``plan``           what shall have happened: ``IncidentPlan`` and ready-made plans such as ``checkout()``
``incident``       ``generate(plan) -> Incident``: series to load and the exact truth about them
``exposition``     the same series as OpenMetrics text or JSON lines
``engine``         real Prometheus and VictoriaMetrics on free loopback ports, as context managers
``story``          what PagerDuty knows about an incident: ``PagerDutyStory`` and its parts
``stories``        ready-made stories such as ``main()``
``pagerduty``      ``PagerDutyServer``: those stories in PagerDuty's official shapes
``dashboards``     the Grafana dashboards the world holds
``grafana``        ``GrafanaServer``: dashboards, annotations, and panel queries answered by a real engine
``forwarding``     ``EngineServer``: a real engine behind a token, a delay and faults
``loopback``       what the servers share: request log, delay, faults
``schemas``        checks of any body against the official descriptions
=================  ====================================================================================================

In short::

    incident = generate(plan.checkout())
    with (
        running_prometheus(tmp / "prometheus", series=incident.series, rules=incident.plan.rules) as engine,
        PagerDutyServer(stories.main()) as pagerduty,
        GrafanaServer(prometheus_url=engine.url) as grafana,
    ):
        ...  # engine.url, pagerduty.url + pagerduty.token, grafana.url + grafana.token; incident.truth
"""
