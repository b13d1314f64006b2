"""The versions of the tables: which one a database has, and the migrations that bring it to the newest."""
