"""The command line: each verb is one public function; exit codes 0, 1 for the data, 2 for a wrong call."""

from impact.cli.program import main as main
