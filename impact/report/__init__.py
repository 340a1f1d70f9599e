"""What we publish: figures, tables, HTML, Word, Excel; Spanish and English."""
