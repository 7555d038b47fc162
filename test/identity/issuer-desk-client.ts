import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type ApplicationStatus,
  type DocumentKind,
  parseApplicationReceipt,
  parseApplicationStatus,
} from '../../src/protocol/application-status.ts';
import { HskError } from '../../src/protocol/errors.ts';
import type { ApplicationForm } from '../../src/protocol/issuance.ts';
import { type CaseDetail, parseCaseDetail, parseSummaries } from '../../src/protocol/issuer-desk.ts';
import { commitment } from '../../src/protocol/zkid.ts';
import { FORM, type IssuerUnderTest } from './issuer-fixture.ts';

export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
export const PDF = Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n');

/** An answer, or the typed error in it. */
export async function answerOf(response: Response): Promise<unknown> {
  const body = response.status === 204 ? undefined : ((await response.json()) as Record<string, unknown>);
  if (response.ok) return body;
  const { code, shortMessage, details } = body!['error'] as Record<string, string>;
  throw new HskError(code!, shortMessage!, { details: `${response.status} ${details ?? ''}` });
}

export interface Applicant {
  ticket: string;
  first: ApplicationStatus;
  status(): Promise<ApplicationStatus>;
  upload(kind: DocumentKind, bytes?: Uint8Array, type?: string): Promise<ApplicationStatus>;
  /** With a photograph for everything that is asked. */
  uploadAll(): Promise<ApplicationStatus>;
  withdraw(): Promise<void>;
  backUp(locator: string, sealed: string): Promise<void>;
}

/** Sends a form as the holder of `secret` and keeps the ticket. */
export async function applyAs(
  url: string,
  secret: bigint,
  form: Partial<ApplicationForm> = {},
): Promise<Applicant> {
  const body = JSON.stringify({ ...FORM, ...form, commitment: commitment(secret).toString() });
  const json = { 'content-type': 'application/json' };
  const { ticket, status } = parseApplicationReceipt(
    await answerOf(await fetch(`${url}/apply`, { method: 'POST', headers: json, body })),
    'receipt',
  );
  const authorization = `Bearer ${ticket}`;
  const ask = async (route: string, init: RequestInit = {}) =>
    answerOf(await fetch(`${url}${route}`, { ...init, headers: { authorization, ...init.headers } }));
  const applicant: Applicant = {
    ticket,
    first: status,
    status: async () => parseApplicationStatus(await ask('/application'), 'status'),
    upload: async (kind, bytes = PNG, type = 'image/png') =>
      parseApplicationStatus(
        await ask(`/application/documents/${kind}`, {
          method: 'PUT',
          headers: { 'content-type': type },
          body: bytes as Uint8Array<ArrayBuffer>,
        }),
        'status',
      ),
    async uploadAll() {
      let now = await applicant.status();
      while (now.state === 'documents') now = await applicant.upload(now.needs[0]!);
      return now;
    },
    withdraw: async () => void (await ask('/application', { method: 'DELETE' })),
    backUp: async (locator, sealed) =>
      void (await ask('/application/backup', {
        method: 'PUT',
        headers: json,
        body: JSON.stringify({ locator, sealed }),
      })),
  };
  return applicant;
}

/** The desk's API with the token of the first operator. */
export function deskOf({ url, directory }: Pick<IssuerUnderTest, 'url' | 'directory'>) {
  const token = readFileSync(path.join(directory, 'desk.key'), 'utf8').slice(0, 64);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const ask = async (route: string, init: RequestInit = {}) =>
    answerOf(await fetch(`${url}/desk/api${route}`, { headers, ...init }));
  const post = (route: string, body: unknown = {}) =>
    ask(route, { method: 'POST', body: JSON.stringify(body) });
  return {
    token,
    ask,
    post,
    detail: async (id: string): Promise<CaseDetail> => parseCaseDetail(await ask(`/cases/${id}`), 'case'),
    find: async (name: string, state = '') =>
      parseSummaries(
        await ask(`/cases?name=${encodeURIComponent(name)}${state && `&state=${state}`}`),
        'cases',
      ),
    approve: (id: string, tier = 1, cleared: string[] = []) =>
      post(`/cases/${id}/approve`, { tier, cleared }),
    refuse: (id: string, reason: string, more: object = {}) =>
      post(`/cases/${id}/refuse`, { reason, ...more }),
    revoke: (id: string, reason: string) => post(`/cases/${id}/revoke`, { reason }),
  };
}
