"""The two ways in which a command ends early; every room raises these and only the command line prints them."""


class WrongUse(Exception):
    """Something the user gave is wrong; the message is one line that says what to do (exit status 2)."""


class GraderFault(Exception):
    """The instrument itself failed; never the student's fault (exit status 3)."""
