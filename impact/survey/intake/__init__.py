"""One door for survey tables: codes to missing, labels to categories, tables joined, treatment understood, faults listed."""
