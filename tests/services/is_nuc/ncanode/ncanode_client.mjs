// Calls an NCANode as public front ends and back ends do: the requests are theirs, field for field.
import { readFileSync } from "node:fs";

const [base, p12, iin] = process.argv.slice(2);
const key = readFileSync(p12).toString("base64");
const signer = { key, password: "Qwerty12", keyAlias: null };
const call = async (path, body) => {
  const res = await fetch(`${base.replace(/\/$/, "")}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json; charset=utf-8", Authorization: "Basic YWRtaW46YWRtaW4=" },
    body: JSON.stringify(body),
    cache: "no-store",
  });
  const told = await res.json();
  if (!res.ok) throw new Error(`NCANode: ${res.status} ${told.message}`);
  return told;
};
const said = (promise) => promise.then(() => "accepted", (error) => error.message);

const data = Buffer.from("мәтін", "utf8").toString("base64");
const signed = await call("/cms/sign", {
  data,
  signers: [signer],
  withTsp: true,
  tsaPolicy: "TSA_GOST_POLICY",
  detached: false,
});
const extracted = await call("/cms/extract", { cms: signed.cms });
const checked = await call("/cms/verify", { revocationCheck: ["OCSP"], cms: signed.cms, data: extracted.data, detached: true });
const xml = await call("/xml/sign", { xml: "<a>мәтін</a>", signers: [signer], clearSignatures: false, trimXml: false });
const envelope = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><a/></s:Body></s:Envelope>';
const soap = await call("/wsse/sign", { ...signer, xml: envelope, trimXml: false });
const [certificate] = checked.signers[0].certificates;
const dn = certificate.subject.dn.split(",").map((part) => part.trim());
const health = await (await fetch(`${base}/actuator/health`)).json();
console.log(
  JSON.stringify({
    cms: checked.valid && extracted.data === data,
    iin: certificate.subject.iin === iin && dn.includes(`SERIALNUMBER=IIN${iin}`),
    at: !Number.isNaN(Date.parse(checked.signers[0].tsp.genTime)),
    until: new Date(certificate.notAfter) > new Date(certificate.notBefore),
    xml: (await call("/xml/verify", { revocationCheck: ["OCSP", "CRL"], xml: xml.xml })).valid,
    wsse: (await call("/wsse/verify", { xml: soap.xml })).valid,
    keys: (await call("/pkcs12/info", { keys: [signer], revocationCheck: ["OCSP"] })).signers[0].keyUsage,
    alias: (await call("/pkcs12/aliases", { keys: [signer] })).aliases,
    health: health.status,
    wrong: await said(call("/cms/sign", { data, signers: [{ ...signer, password: "Qwerty13" }] })),
  }),
);
