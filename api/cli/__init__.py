"""The command line. Imports everything: it is a front door, as HTTP is."""
