"""What this party is told at start: where it is, which apps it plays, who their users are."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from mock_partners.outside.gov_app.hosts import LOOKS
from partner_adapters.kit.values.settings import Settings, Url

BridgeName = Literal["zwjsbridge", "lightapp", "alipay", "weixin", "dsbridge", "uniapp"]
"""A script among `static/bridges`."""


class Company(Settings):
    """The company for which a user of a bank's own channel acts, as its legal representative."""

    name: str
    credit_code: str


class User(Settings):
    """A registered user of one app; the app checked name, document and phone long ago."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    name: str
    id_number: str
    phone: str
    story: str = ""
    """For testers, in Chinese: what this person's way will show."""
    card_number: str = ""
    """For testers: the bank card that this person can bind. The app itself knows of none."""
    elder: bool = False
    company: Company | None = None


class Client(Settings):
    """A registered relying party (RFC 7591 names)."""

    client_id: str
    client_name: str
    """Shown to the person: who asks."""
    token_endpoint_auth_method: Literal["client_secret_basic", "client_secret_post", "private_key_jwt"]
    client_secret: SecretStr | None = None
    jwks: dict[str, Any] | None = None
    """The client's public keys, as a JWK set."""
    userinfo_signed_response_alg: Literal["ES256"] | None = "ES256"
    """None: userinfo is plain JSON."""
    redirect_uris: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_prove_itself(self) -> Client:
        needed = self.jwks if self.token_endpoint_auth_method == "private_key_jwt" else self.client_secret
        if not needed:
            raise ValueError(f"{self.token_endpoint_auth_method} needs its secret or keys")
        return self


class Sdk(Settings):
    """The bank's module for pages that open it, and the hash (SRI) that the app's developers pinned."""

    url: str
    integrity: str


class App(Settings):
    """A service registered with a host that is no OpenID provider."""

    app_id: str
    name: str
    """Shown to the person: who asks."""
    return_urls: tuple[str, ...] = ()
    """Empty: it only asks, and no person is ever sent to it."""
    return_place: Literal["usual", "fragment"] = "usual"
    """`fragment`: this one is a single page, and wants to be answered behind `#`."""
    asks_for: tuple[str, ...] = ()
    """Ids of other services of the same owner: it may ask about their people's tokens and face checks too."""


class SecretApp(App):
    secret: SecretStr


class HmacApp(App):
    access_key: str
    secret: SecretStr


class GatewayApp(App):
    word: SecretStr
    """Ends the text that its SM3 signatures cover."""
    sm4_key: SecretStr
    """Hex; answers to it are sealed with it."""


class Rsa2App(App):
    public_key: str
    """PEM."""


class AnyHost(Settings):
    """What every app has."""

    entry_url: str
    """What the tile 企业周转贷 opens."""
    sdk: Sdk | None = None
    """Without it the tile is a plain link."""
    users: tuple[User, ...] = Field(min_length=1)

    def user(self, key: str) -> User | None:
        return next((user for user in self.users if user.key == key), None)


class ServiceHost(AnyHost):
    """A host that is no OpenID provider, and the services registered with it."""

    apps: tuple[App, ...] = Field(min_length=1)


class BridgedHost(AnyHost):
    """Its web view has a bridge."""

    bridge: BridgeName


class OpenIdHost(BridgedHost):
    """Its issuer is `<base_url>/<key>`."""

    bridge: BridgeName = "dsbridge"
    dialect: Literal["oidc"] = "oidc"
    clients: tuple[Client, ...] = Field(min_length=1)

    def client(self, client_id: str) -> Client | None:
        return next((client for client in self.clients if client.client_id == client_id), None)


class BridgedService(ServiceHost, BridgedHost):
    """Both."""


class WeChatHost(BridgedService):
    """A code, then questions with a secret."""

    bridge: BridgeName = "weixin"
    dialect: Literal["wechat"] = "wechat"
    apps: tuple[SecretApp, ...] = Field(min_length=1)


class ZlbHost(BridgedService):
    """A ticket, then questions signed in headers."""

    bridge: BridgeName = "zwjsbridge"
    dialect: Literal["zlb"] = "zlb"
    apps: tuple[HmacApp, ...] = Field(min_length=1)


class HanwebHost(BridgedService):
    """A ticket, then questions signed with SM3 at one gateway; answers sealed with SM4."""

    bridge: BridgeName = "lightapp"
    dialect: Literal["hanweb"] = "hanweb"
    apps: tuple[GatewayApp, ...] = Field(min_length=1)


class AlipayHost(BridgedService):
    """A code, then questions and answers signed with RSA."""

    bridge: BridgeName = "alipay"
    dialect: Literal["alipay"] = "alipay"
    apps: tuple[Rsa2App, ...] = Field(min_length=1)
    signing_key: SecretStr
    """PEM; signs its answers."""


class PushHost(ServiceHost):
    """手机银行: brings people by a sealed, signed address."""

    dialect: Literal["push"] = "push"
    apps: tuple[App] = Field(min_length=1)
    signing_key: SecretStr
    """PEM, SM2."""
    sm4_key: SecretStr
    """Hex."""


class LaunchHost(ServiceHost):
    """企业网银: its server hands people over by a signed JWT. `aud` is the app's id."""

    dialect: Literal["launch"] = "launch"
    apps: tuple[App] = Field(min_length=1)
    launch_url: str
    """Where the bank's server takes them."""


Host = Annotated[
    OpenIdHost | WeChatHost | ZlbHost | HanwebHost | AlipayHost | PushHost | LaunchHost,
    Field(discriminator="dialect"),
]


class GovAppSettings(Settings):
    base_url: Url
    hosts: dict[str, Host]
    subject_key: SecretStr
    """Makes each user's `sub` from their key: stable, and telling nothing."""

    @field_validator("hosts")
    @classmethod
    def _have_a_look(cls, hosts: dict[str, Host]) -> dict[str, Host]:
        if unknown := sorted(set(hosts) - set(LOOKS)):
            raise ValueError(f"hosts.py says no look for {', '.join(unknown)}")
        return hosts
