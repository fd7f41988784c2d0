"""Proves the instrument: calibration over solutions, stubs and mistakes; the demo hand-ins."""
