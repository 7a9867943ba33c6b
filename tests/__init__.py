"""Claims about behaviour; no mocks and no sleeping."""
