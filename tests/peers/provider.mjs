// A certified OpenID provider by others (oidc-provider), with one person who passes every face check at once.
// Usage: node provider.mjs PORT CLIENTS: the registrations (RFC 7591) as a JSON list. Prints "ready".
import { createRequire } from "node:module";
import { generateKeyPairSync } from "node:crypto";

const require = createRequire(process.env.PEERS + "/");
const { Provider } = await import(require.resolve("oidc-provider"));
const [port, clients] = [Number(process.argv[2]), JSON.parse(process.argv[3])];
const issuer = `http://127.0.0.1:${port}`;
const CLAIMS = { name: "李秀英", phone_number: "19900000001", id_type: "cn_id_card", id_number: "11010519491231002X" };
const jwk = (kind, options, extra) => ({ ...generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" }), use: "sig", ...extra });

const provider = new Provider(issuer, {
  clients,
  jwks: { keys: [jwk("ec", { namedCurve: "P-256" }, { alg: "ES256", kid: "e" }), jwk("rsa", { modulusLength: 2048 }, { alg: "RS256", kid: "r" })] },
  claims: { openid: ["sub"], acr: null, amr: null, auth_time: null, profile: ["name"], phone: ["phone_number"], id_document: ["id_type", "id_number"] },
  conformIdTokenClaims: false, // the id_token says all that the scope allows
  acrValues: ["urn:sunbridge:acr:face"],
  enabledJWA: { userinfoSigningAlgValues: ["ES256", "RS256"], idTokenSigningAlgValues: ["ES256", "RS256"] },
  features: { devInteractions: { enabled: false }, jwtUserinfo: { enabled: true }, pushedAuthorizationRequests: { enabled: true }, claimsParameter: { enabled: true } },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...CLAIMS }) }),
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile phone id_document");
    grant.addOIDCClaims(["acr", "amr", "auth_time"]);
    await grant.save();
    return grant;
  },
});
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  const login = { accountId: "li", acr: "urn:sunbridge:acr:face", amr: ["face"], remember: false };
  await provider.interactionFinished(ctx.req, ctx.res, { login });
  ctx.respond = false;
});
provider.listen(port, "127.0.0.1", () => console.log("ready"));
