from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from partner_adapters.kit.values.moments import MomentFormat

AT = datetime(2026, 11, 24, 16, 30, 5, 678_000, tzinfo=UTC)
FORMATS = get_args(MomentFormat.model_fields["format"].annotation)


@pytest.mark.parametrize(
    ("format_", "written"),
    [
        ("epoch_s", "1795537805"),
        ("epoch_ms", "1795537805678"),
        ("yyyyMMddHHmmss", "20261125003005"),
        ("yyyy-MM-dd HH:mm:ss", "2026-11-25 00:30:05"),
        ("rfc1123", "Tue, 24 Nov 2026 16:30:05 GMT"),
        ("iso", "2026-11-25T00:30:05+08:00"),
    ],
)
def test_a_moment_is_written_as_the_host_wants_it(format_: str, written: str) -> None:
    assert MomentFormat(format=format_).write(AT) == written
    assert MomentFormat(format=format_).read(written).replace(microsecond=0) == AT.replace(microsecond=0)


@given(
    st.sampled_from(FORMATS),
    st.sampled_from(["Asia/Shanghai", "UTC", "Asia/Tokyo"]),
    st.integers(800_000_000_000, 4_000_000_000_000).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC)),
    st.integers(-12, 12),
)
def test_what_was_written_is_read_as_the_same_second(
    format_: str, zone: str, moment: datetime, hours: int
) -> None:
    form = MomentFormat(format=format_, zone=zone)
    local = moment.astimezone(timezone(timedelta(hours=hours)))
    assert form.read(form.write(local)).replace(microsecond=0) == moment.replace(microsecond=0)


@given(st.sampled_from(FORMATS), st.text(max_size=60) | st.integers())
def test_noise_is_no_moment_or_a_plausible_one(format_: str, noise: str | int) -> None:
    try:
        moment = MomentFormat(format=format_).read(noise)
    except ValueError as error:
        assert str(error) == f"is no moment as {format_}"  # noqa: PT017 - noise may be a moment, too
    else:
        assert 1970 <= moment.year <= 4147


@pytest.mark.parametrize(
    ("format_", "written"),
    [
        ("epoch_s", True),
        ("epoch_s", "-1"),
        ("epoch_s", "1795537805.5"),
        ("epoch_s", "１７９５５３７８０５"),
        ("epoch_s", 10**30),
        ("epoch_ms", 10**20),
        ("epoch_s", 2**36),
        ("rfc1123", "Tue, 24 Nov 2026 16:30:05 -0000"),
        ("rfc1123", "Mon, 01 Jan 0001 00:00:00 GMT"),
        ("epoch_ms", "9" * 5000),
        ("yyyy-MM-dd HH:mm:ss", "2026-1-1 0:0:0"),
        ("yyyyMMddHHmmss", "20261325003005"),
        ("rfc1123", "Mon, 24 Nov 2026 16:30:05 GMT"),
        ("rfc1123", "Tue, 24 Nov 2026 16:30:05 +0000"),
        ("iso", "yesterday"),
        ("iso", "1969-12-31T00:00:00Z"),
    ],
)
def test_a_text_that_is_not_exactly_so_is_no_moment(format_: str, written: str | int) -> None:
    with pytest.raises(ValueError, match="is no moment as"):
        MomentFormat(format=format_).read(written)


def test_an_invented_zone_is_a_mistake_of_the_configuration() -> None:
    for zone in ("Asia/Lianyungang", "../etc/passwd", ""):
        with pytest.raises(ValidationError, match="is no time zone"):
            MomentFormat(format="iso", zone=zone)
