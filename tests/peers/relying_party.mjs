// A certified relying party by others (openid-client). Usage: node relying_party.mjs ISSUER REGISTRATION REDIRECT_URI.
// Prints the address to send the person to, reads the address they came back to, prints what it believes, as JSON, or
// {"refused": why}.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(process.env.PEERS + "/");
const client = await import(require.resolve("openid-client"));
const [issuer, registration, redirectUri] = [process.argv[2], JSON.parse(process.argv[3]), process.argv[4]];
const { client_id: id, client_secret: secret, private_jwk: jwk, ...metadata } = registration;
const key = jwk && { key: await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]), kid: jwk.kid };
const auth = key ? client.PrivateKeyJwt(key) : secret && metadata.token_endpoint_auth_method === "client_secret_post" ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret);
const config = await client.discovery(new URL(issuer), id, metadata, auth, { execute: [client.allowInsecureRequests] });
client.enableNonRepudiationChecks(config);

const verifier = client.randomPKCECodeVerifier(), [state, nonce] = [client.randomState(), client.randomNonce()];
const parameters = {
  redirect_uri: redirectUri, scope: "openid profile phone id_document", state, nonce, max_age: "0", prompt: "login",
  acr_values: "urn:sunbridge:acr:face", code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
};
const build = process.argv[5] === "pushed" ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl;
console.log((await build(config, parameters)).href);
for await (const line of createInterface({ input: process.stdin })) {
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, maxAge: 30, idTokenExpected: true };
  try {
    const tokens = await client.authorizationCodeGrant(config, new URL(line), checks);
    const token = tokens.claims();
    const userinfo = await client.fetchUserInfo(config, tokens.access_token, token.sub);
    console.log(JSON.stringify({ token, userinfo }));
  } catch (error) {
    console.log(JSON.stringify({ refused: String(error.cause?.message ?? error.message) }));
  }
  break;
}
process.exit(0);
