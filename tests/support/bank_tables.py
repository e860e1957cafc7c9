"""A bank's table for the configuration files that tests write."""

from __future__ import annotations

BANK = "hzw"
_NAME = '{zh = "海州湾农村商业银行", en = "Haizhou Bay Rural Commercial Bank"}'


def bank_table(*partners: str, name: str) -> str:
    """Return `[banks.hzw]`, which lists these partners. `name`: theirs, as TOML."""
    operator = '{zh = "示例数据有限公司", en = "Example Data Co., Ltd."}'
    listed = "".join(
        f'\n[[banks.{BANK}.partners]]\nid = "{each}"\nname = {name}\noperator = {operator}\nsince = 2026-03-02\n'
        for each in partners
    )
    return f"""
[banks.{BANK}]
name = {_NAME}
full_name = {{zh = "江苏海州湾农村商业银行股份有限公司", en = "Jiangsu Haizhou Bay Rural Commercial Bank Co., Ltd."}}
phone = "0518-8550 1234"
licence = "B0000H232070001"
licence_note = {{zh = "演示用的编号，不是真的许可证", en = "A number for this demonstration, not a real licence"}}
listed_on = 2026-11-02
{listed}"""
