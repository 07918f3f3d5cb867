"""The shell around both: command line, app, settings, reports, and the simulated site."""
