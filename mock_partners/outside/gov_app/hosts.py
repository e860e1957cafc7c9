"""The name, colours and tiles of each host. Only the tile of our own service opens something."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How a host's pages look. `colour` and `soft` are CSS colours; each of `services` is an (icon, name)."""

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
    "zj": Look(
        name="浙里办",
        city="浙江",
        colour="#0f5fbf",
        soft="#e7f0fb",
        services=(
            ("shield", "社保参保"),
            ("cross", "医保凭证"),
            ("house", "公积金提取"),
            ("book", "学历查询"),
            ("car", "驾驶证"),
            ("deed", "不动产查询"),
            ("flag", "民呼我为"),
        ),
    ),
    "sfb": Look(
        name="苏服办",
        city="江苏",
        colour="#0b6a58",
        soft="#e6f3f0",
        services=(
            ("shield", "社保缴费"),
            ("cross", "医保查询"),
            ("bill", "电子税务"),
            ("deed", "企业开办"),
            ("house", "公积金"),
            ("bus", "公共交通"),
            ("flag", "12345热线"),
        ),
    ),
    "zfb": Look(
        name="市民中心",
        city="支付宝",
        colour="#1456c0",
        soft="#e8effc",
        services=(
            ("shield", "社保"),
            ("house", "公积金"),
            ("cross", "医保码"),
            ("bill", "生活缴费"),
            ("car", "车主服务"),
            ("clock", "医疗健康"),
            ("deed", "电子证件"),
        ),
    ),
    "mbank": Look(
        name="海州湾手机银行",
        city="海州湾农村商业银行",
        colour="#a32035",
        soft="#faeaec",
        services=(
            ("bill", "账户明细"),
            ("message", "转账汇款"),
            ("house", "存款"),
            ("shield", "理财"),
            ("car", "生活缴费"),
            ("clock", "预约取号"),
            ("person", "客户经理"),
        ),
    ),
    "ebank": Look(
        name="海安滨河企业网银",
        city="海安滨河农村商业银行",
        colour="#274472",
        soft="#e9edf4",
        services=(
            ("bill", "账户查询"),
            ("message", "对公转账"),
            ("person", "代发工资"),
            ("deed", "电子回单"),
            ("book", "对账"),
            ("shield", "操作员管理"),
            ("clock", "待授权"),
        ),
    ),
}
