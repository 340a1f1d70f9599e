"""One report as a page, a document, a workbook."""
