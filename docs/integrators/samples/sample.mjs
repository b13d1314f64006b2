// Node 18 or later, without packages: first call, sign, receive, verify, retry.
import { X509Certificate, createHash, createPrivateKey, randomUUID, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [gateway, system, vectors] = process.argv.slice(2);
const read = (name) => readFileSync(`${vectors}/${name}`);
const token = readFileSync(`keys/${system}.token`, 'utf8').trim();
const pem = readFileSync(`keys/${system}.pem`, 'utf8');
const key = createPrivateKey(pem);
const certificate = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE')));
let retries = 0;

/** One call; a gateway that is away, or says 429 or 503, is asked again: nothing was done. */
async function call(method, path, body, headers = {}) {
  const authorised = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers };
  for (let attempt = 1; ; attempt += 1) {
    let wait = 0.2 * 2 ** attempt;
    try {
      const answer = await fetch(gateway + path, { method, body, headers: authorised });
      if (answer.ok) return await answer.json();
      wait = Number(answer.headers.get('Retry-After') ?? wait);
      if (![429, 503].includes(answer.status) || attempt === 5) throw new Refusal(await answer.text());
    } catch (error) {
      if (error instanceof Refusal || attempt === 5) throw error;
    }
    retries += 1;
    await new Promise((done) => setTimeout(done, wait * 1000));
  }
}
class Refusal extends Error {}

/** A detached JWS over the exact bytes (RFC 7797). */
function signJws(body) {
  const thumbprint = createHash('sha256').update(certificate.raw).digest('base64url');
  const header = { alg: 'RS256', b64: false, crit: ['b64'], 'x5t#S256': thumbprint, to: 'shep_gateway', seq: 1 };
  const head = Buffer.from(JSON.stringify(header)).toString('base64url');
  return `${head}..${sign('sha256', Buffer.from(`${head}.${body}`), key).toString('base64url')}`;
}

/** Whether the owner of a certificate made the token over these bytes. */
function isSigned(jws, payload, signer) {
  const [head, , signature] = jws.toString().split('.');
  const signed = Buffer.concat([Buffer.from(`${head}.`), payload]);
  return verify('sha256', signed, new X509Certificate(signer).publicKey, Buffer.from(signature, 'base64url'));
}

const content = { contract: 'person-query/1', data: { iin: '920623239974' } };
const question = JSON.stringify({ service_id: 'nr-iin-person', content });
const first = await call('POST', '/api/v1/messages?wait=20', question, { 'Idempotency-Key': randomUUID() });
console.log('first call:', first.answer.content.data.person.surname);

const messageInfo = {
  messageId: randomUUID(), correlationId: randomUUID(), serviceId: 'nr-iin-person', messageType: 'REQUEST',
  messageDate: new Date().toISOString(), sender: { senderId: system }, properties: [],
};
const body = JSON.stringify({ messageInfo, messageData: content });
const passed = await call('POST', '/api/v1/messages/signed', body, { 'X-Signature': signJws(body) });
console.log('signed:', passed.message_id === messageInfo.messageId);

const [mail] = await call('GET', `/api/v1/messages?wait=20&correlation_id=${messageInfo.correlationId}`);
await call('PUT', `/api/v1/messages/${mail.message_id}/delivery`, JSON.stringify({ status: 'accepted' }));
console.log('received:', mail.content.contract);

const jws = read('message.jws');
const hop = Buffer.concat([jws, Buffer.from('.'), read('message.json')]);
console.log(
  'verified:', isSigned(jws, read('message.json'), read('sender.pem')),
  isSigned(jws, read('changed.json'), read('sender.pem')), isSigned(read('hop.jws'), hop, read('gateway.pem')),
);
console.log('retried:', retries > 0);
