"""Files in and workbooks out."""
