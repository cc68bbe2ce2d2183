"""SLO definitions: one reader per format, all to one ``SloDefinition``."""
