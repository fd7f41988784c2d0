"""What is made from ``solutions/`` and ``grading.yml``: stubs, tables, notebooks, bundles; and drift."""
