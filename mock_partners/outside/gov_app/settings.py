"""Settings of this party: its base URL, the hosts it plays, their users and the services registered with them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from mock_partners.outside.gov_app.hosts import LOOKS
from partner_adapters.kit.values.settings import Settings, Url

# A host's own pages may show its login in a frame.
OWN_FRAMES = ("'self'",)
# The name of a script in `static/bridges`.
BridgeName = Literal["zwjsbridge", "lightapp", "alipay", "weixin", "dsbridge", "uniapp"]


class Company(Settings):
    """The company that a user of a bank's own channel represents."""

    name: str
    credit_code: str


class User(Settings):
    """A registered test user of a host. The host is assumed to have verified name, document and phone number."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    name: str
    id_number: str
    phone: str
    story: str = ""
    """A note for testers, in Chinese: what this user's journey will show."""
    card_number: str = ""
    """A note for testers: the bank card that this user can link. The host itself does not know it."""
    id_card_until: str = ""
    """A note for testers: the last day on the back of this user's identity card."""
    elder: bool = False
    company: Company | None = None


class Client(Settings):
    """A relying party registered with an OpenID host. Field names are those of RFC 7591."""

    client_id: str
    client_name: str
    """Shown to the user as the party that requests the login."""
    token_endpoint_auth_method: Literal["client_secret_basic", "client_secret_post", "private_key_jwt"]
    client_secret: SecretStr | None = None
    jwks: dict[str, Any] | None = None
    """The client's public keys as a JWK set, for `private_key_jwt`."""
    userinfo_signed_response_alg: Literal["ES256"] | None = "ES256"
    """None makes userinfo plain JSON."""
    redirect_uris: tuple[str, ...] = Field(min_length=1)
    app_frames: tuple[str, ...] = OWN_FRAMES
    """Origins of the app's pages that may show the login in a frame."""

    @model_validator(mode="after")
    def _check_credential(self) -> Client:
        credential = self.jwks if self.token_endpoint_auth_method == "private_key_jwt" else self.client_secret
        if not credential:
            raise ValueError(f"{self.token_endpoint_auth_method} needs client_secret or jwks")
        return self


class Sdk(Settings):
    """The bank's JavaScript module for pages that open its service, and the integrity hash (SRI) of that file."""

    url: str
    integrity: str


class App(Settings):
    """A service registered with a host that is not an OpenID provider."""

    app_id: str
    name: str
    """Shown to the user as the service that requests the login."""
    return_urls: tuple[str, ...] = ()
    """Addresses to which users may be redirected. Empty for a service that only makes server calls."""
    return_place: Literal["usual", "fragment"] = "usual"
    """Where the parameters go in the return URL: in the query (`usual`) or after `#` (`fragment`)."""
    asks_for: tuple[str, ...] = ()
    """Ids of other services of the same owner whose users' tokens and face checks this one may read."""
    app_frames: tuple[str, ...] = OWN_FRAMES
    """Origins of the app's pages that may show the login in a frame."""


class SecretApp(App):
    """A service that authenticates with a secret in the query."""

    secret: SecretStr


class HmacApp(App):
    """A service that signs its calls with HMAC-SHA256."""

    access_key: str
    secret: SecretStr


class GatewayApp(App):
    """A service that signs its calls with SM3."""

    word: SecretStr
    """The shared secret that is appended to the text before it is hashed with SM3."""
    sm4_key: SecretStr
    """Hex. Responses to this service are encrypted with it."""


class Rsa2App(App):
    """A service that signs its calls with RSA2."""

    public_key: str
    """PEM. The service signs its calls with the private half."""


class AnyHost(Settings):
    """Settings that every host has."""

    entry_url: str
    """The page of our service that the tile 企业周转贷 opens."""
    sign_out_url: str | None = None
    """The endpoint of our service to which the app reports that a user signed out. None: it sends no report."""
    sdk: Sdk | None = None
    """Without it the tile is a plain link."""
    users: tuple[User, ...] = Field(min_length=1)

    def find_user(self, key: str) -> User | None:
        """Return the user with this key, or None."""
        return next((user for user in self.users if user.key == key), None)


class ServiceHost(AnyHost):
    """A host that is not an OpenID provider, with the services registered with it."""

    apps: tuple[App, ...] = Field(min_length=1)
    sign_out_secret: SecretStr | None = None
    """Signs the notices of a sign-out, for hosts without a key of their own for it."""


class BridgedHost(AnyHost):
    """A host whose web view offers a JavaScript bridge."""

    bridge: BridgeName


class OpenIdHost(BridgedHost):
    """An OpenID provider. Its issuer is `<base_url>/<key>`."""

    bridge: BridgeName = "dsbridge"
    dialect: Literal["oidc"] = "oidc"
    clients: tuple[Client, ...] = Field(min_length=1)

    def find_client(self, client_id: str) -> Client | None:
        """Return the client with this id, or None."""
        return next((client for client in self.clients if client.client_id == client_id), None)


class BridgedService(ServiceHost, BridgedHost):
    """A host with registered services and a JavaScript bridge."""


class WeChatHost(BridgedService):
    """A host like WeChat: it issues a code, and services call it with a secret."""

    bridge: BridgeName = "weixin"
    dialect: Literal["wechat"] = "wechat"
    apps: tuple[SecretApp, ...] = Field(min_length=1)


class ZlbHost(BridgedService):
    """A host like 浙里办: it issues a ticket, and services sign their calls in HTTP headers."""

    bridge: BridgeName = "zwjsbridge"
    dialect: Literal["zlb"] = "zlb"
    apps: tuple[HmacApp, ...] = Field(min_length=1)


class HanwebHost(BridgedService):
    """A host like Hanweb's: it issues a ticket, and services call one gateway with SM3 signatures.

    Responses are encrypted with SM4.
    """

    bridge: BridgeName = "lightapp"
    dialect: Literal["hanweb"] = "hanweb"
    apps: tuple[GatewayApp, ...] = Field(min_length=1)


class AlipayHost(BridgedService):
    """A host like Alipay: it issues a code, and calls and responses are signed with RSA."""

    bridge: BridgeName = "alipay"
    dialect: Literal["alipay"] = "alipay"
    apps: tuple[Rsa2App, ...] = Field(min_length=1)
    signing_key: SecretStr
    """PEM. Signs the host's responses."""


class PushHost(ServiceHost):
    """A mobile banking app (手机银行): the URL of our service carries the user's data, encrypted and signed."""

    dialect: Literal["push"] = "push"
    apps: tuple[App] = Field(min_length=1)
    signing_key: SecretStr
    """PEM (SM2). Signs the user's data."""
    sm4_key: SecretStr
    """Hex. Encrypts the user's data."""


class LaunchHost(ServiceHost):
    """A corporate online bank (企业网银): its server posts a signed JWT about the user to ours.

    `aud` is the service's id.
    """

    dialect: Literal["launch"] = "launch"
    apps: tuple[App] = Field(min_length=1)
    launch_url: str
    """The endpoint of our service that receives the JWT."""


Host = Annotated[
    OpenIdHost | WeChatHost | ZlbHost | HanwebHost | AlipayHost | PushHost | LaunchHost,
    Field(discriminator="dialect"),
]


class GovAppSettings(Settings):
    """Settings of the whole party. The keys of `hosts` are the first path segment of each host's URLs."""

    base_url: Url
    hosts: dict[str, Host]
    subject_key: SecretStr
    """The HMAC key that derives each user's `sub` from the user's key."""

    @field_validator("hosts")
    @classmethod
    def _check_appearance(cls, hosts: dict[str, Host]) -> dict[str, Host]:
        if unknown := sorted(set(hosts) - set(LOOKS)):
            raise ValueError(f"hosts.py defines no appearance for {', '.join(unknown)}")
        return hosts
