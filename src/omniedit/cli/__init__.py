"""The command line: one short file per command, each of which calls the library and prints what it said."""
