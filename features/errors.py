"""The error a person is shown without a traceback."""


class VardarError(Exception):
    """Something the user can mend: the message names the situation and the way out."""
