// What an integrator writes against the generated types: an application from login to result. The compiler must
// refuse the lines where an error is expected, or the types say too little.
import createClient from "openapi-fetch";
import type { components as gatewayParts, paths as gatewayPaths } from "./generated/shep_gateway.js";
import type { components, operations, paths } from "./generated/portal_pep.js";

type Notification = components["schemas"]["CabinetNotificationView"];

const portal = createClient<paths>({ baseUrl: "http://127.0.0.1:8001" });
const gateway = createClient<gatewayPaths>({ baseUrl: "http://127.0.0.1:8002" });

export async function apply(iin: string, password: string, cms: (document: string) => string): Promise<string> {
  const session = await portal.POST("/api/v1/login", { body: { iin, password } });
  if (session.error) {
    const code: "authorization-refused" | "too-many-attempts" | string = session.error.code;
    throw new Error(`${code}: ${session.error.detail}`);
  }
  const token: string = session.data.token;
  // @ts-expect-error: a session has no such member
  session.data.tokens;
  const headers = { Authorization: `Bearer ${token}` };
  const draft = await portal.POST("/api/v1/services/{service_id}/draft", {
    params: { path: { service_id: "KZ-YUZ.3" } },
    body: { authority: "kz-yuz.employment.15", fields: { iin } },
    headers,
  });
  if (draft.error) throw new Error(draft.error.code);
  const applicant: string = draft.data.applicant;
  // @ts-expect-error: a draft is no text
  const text: string = draft.data;
  const sent = await portal.POST("/api/v1/applications", { body: { cms: cms(applicant + text) }, headers });
  if (sent.error) throw new Error(sent.error.code);
  const outcome: "positive" | "negative" | null = sent.data.outcome;
  return `${sent.data.id} ${outcome}`;
}

type Refusal = operations["log_in"]["responses"][401]["content"]["application/problem+json"];
export function explain(refusal: Refusal): string {
  const code: "authorization-refused" = refusal.code;
  // @ts-expect-error: this status has no such code
  const other: "too-many-attempts" = refusal.code;
  return `${code} ${other} ${refusal.texts?.kk}`;
}

type Stream = operations["stream_events"]["responses"][200]["content"]["text/event-stream"];
export function follow(stream: Stream): Notification[] {
  return stream.map((event) => JSON.parse(event.data ?? "null") as Notification);
}

export async function deadlines(): Promise<(number | null)[]> {
  const { data } = await gateway.GET("/api/v1/regulations");
  const regulations: gatewayParts["schemas"]["PublicRegulation"][] = data ?? [];
  // @ts-expect-error: no unit of the acts is a week
  const week: boolean = regulations.some((one) => one.procedures[0].steps[0].deadline?.unit === "week");
  return regulations.map((one) => one.procedures[0].steps[0].deadline?.amount ?? (week ? 1 : null));
}
