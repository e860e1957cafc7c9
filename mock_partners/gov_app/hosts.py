"""How the apps look, and the municipal services they carry besides ours: entries that lead nowhere here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """`colour`, `soft`: the app's own, as CSS; `services`: (icon, name)."""

    name: str
    city: str
    colour: str
    soft: str
    services: tuple[tuple[str, str], ...]


LOOKS = {
    "lyg": Look(
        name="我的连云港",
        city="连云港",
        colour="#1557a8",
        soft="#e8f0fa",
        services=(
            ("shield", "社保查询"),
            ("cross", "医保凭证"),
            ("house", "公积金"),
            ("bus", "公交出行"),
            ("clock", "预约挂号"),
            ("bill", "水电燃气"),
            ("deed", "不动产登记"),
        ),
    ),
    "haian": Look(
        name="我的海安",
        city="海安",
        colour="#9c3d14",
        soft="#fbeee8",
        services=(
            ("shield", "社保卡"),
            ("clock", "挂号就医"),
            ("house", "公积金"),
            ("car", "停车缴费"),
            ("book", "入学报名"),
            ("bill", "生活缴费"),
            ("flag", "诉求直达"),
        ),
    ),
}
