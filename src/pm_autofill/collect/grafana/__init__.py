"""Grafana: settings, dashboards with the data of their panels, annotations.

What its answers mean is decided by pure modules: ``dashboard`` (with ``classic``, ``elements`` and ``look``) reads
models, ``variables`` and ``interpolation`` fill them in, ``panels`` and ``questions`` say what to ask, ``frames`` and
``annotations`` read what comes back. ``client`` asks.
"""
