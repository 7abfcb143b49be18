"""Text that no spreadsheet interprets as a formula."""

_BEGINS_A_FORMULA = (*"=+-@\t\r\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def harmless(text: str) -> str:
    """A text that no spreadsheet interprets as a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.lstrip(" ").startswith(_BEGINS_A_FORMULA) else text
