"""Checks of tables: each takes a table and says what is wrong with it, row by row; none opens a file."""
