"""HiGHS, the linear solver, as it is wanted here."""

import highspy


class QuietHighs(highspy.Highs):
    """HiGHS without its banner, which it prints as soon as it is made."""

    def enableCallbacks(self) -> None:  # noqa: N802  # its own name
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]
