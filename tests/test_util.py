import pytest

from util import utc


@pytest.mark.parametrize(
    "milliseconds, said",
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_795_370_400_001, "2026-11-22T18:00:00.001Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (253_402_300_800_000, "9999-12-31T23:59:59.999Z"),
        (2**63, "9999-12-31T23:59:59.999Z"),
        (-1, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_every_time_has_a_name(milliseconds, said):
    assert utc(milliseconds) == said
