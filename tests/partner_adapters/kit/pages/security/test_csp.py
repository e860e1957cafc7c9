"""What a page may load and where it may send: nothing but ourselves and what the page allows."""

from partner_adapters.kit.pages.security.csp import PagePolicy, policy


def _rules(text: str) -> dict[str, list[str]]:
    return {rule.split()[0]: rule.split()[1:] for rule in text.split("; ")}


def test_nothing_inline_and_nothing_from_elsewhere_runs() -> None:
    text = policy("abc", PagePolicy())
    rules = _rules(text)
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == ["'nonce-abc'"]
    assert rules["style-src"] == ["'self'"]
    assert "unsafe" not in text
    assert "*" not in text


def test_a_hosts_script_is_let_to_its_own_server_in_place_of_ours() -> None:
    rules = _rules(policy("n", PagePolicy(guest="https://assets.city.example")))
    assert rules["connect-src"] == ["https://assets.city.example"]
    assert rules["script-src"] == ["'nonce-n'"]
