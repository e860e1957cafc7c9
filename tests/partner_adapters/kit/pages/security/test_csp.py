"""A page may load from and send to its own origin only, and what its policy allows."""

from partner_adapters.kit.pages.security.csp import PagePolicy, policy


def _rules(text: str) -> dict[str, list[str]]:
    return {rule.split()[0]: rule.split()[1:] for rule in text.split("; ")}


def test_no_inline_script_and_no_script_of_another_origin_runs() -> None:
    text = policy("abc", PagePolicy())
    rules = _rules(text)
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == ["'nonce-abc'"]
    assert rules["style-src"] == ["'self'"]
    assert "unsafe" not in text
    assert "*" not in text


def test_a_hosts_script_may_call_its_own_server_and_not_ours() -> None:
    rules = _rules(policy("n", PagePolicy(guest="https://assets.city.example")))
    assert rules["connect-src"] == ["https://assets.city.example"]
    assert rules["script-src"] == ["'nonce-n'"]
