import type { ApplicationStatus, DocumentKind } from '../protocol/application-status.ts';
import { type HskError, toHskError } from '../protocol/errors.ts';
import { type Application, type ApplicationForm, parseApplication } from '../protocol/issuance.ts';
import { type Credential, dateNumber, HolderKind } from '../protocol/zkid.ts';
import { checkDocument } from './check-document.ts';
import type { HolderRecords, KeptApplication, Place } from './holder-records.ts';
import {
  applyForCredential,
  type IssuerCall,
  putBackup,
  readApplication,
  requireCredentialOf,
  uploadDocument,
  withdrawApplication,
} from './issuer-client.ts';
import type { PendingApplication } from './standing.ts';

/** Milliseconds between two looks at an application that a person reviews: at first, and at most. */
const FIRST_LOOK = 2000;
const LAST_LOOK = 60_000;

export interface ApplicationsOptions {
  records: HolderRecords;
  fetch: typeof fetch;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Is told when a credential has been kept. */
  issued: (place: Place, credential: Credential) => Promise<void>;
}

/**
 * Applications of this wallet. Ticket and state are kept under its seal after every answer, so that a closed page
 * goes on where it was.
 */
export class Applications {
  readonly #records: HolderRecords;
  readonly #fetch: typeof fetch;
  readonly #options: ApplicationsOptions;

  constructor(options: ApplicationsOptions) {
    this.#options = options;
    this.#records = options.records;
    this.#fetch = options.fetch;
  }

  /** All that are open, as the issuer last said it. */
  async open(): Promise<PendingApplication[]> {
    const all = await Promise.all(
      this.#records.places().map(async (place) => {
        const kept = await this.#records.application(place);
        return kept && kept.status.state !== 'issued' ? { ...kept, place } : undefined;
      }),
    );
    return all.filter((application) => application !== undefined);
  }

  /**
   * Sends the form; one that is open for the same purpose is replaced.
   *
   * @throws `ApplicationError`, `ISSUER_ANSWER`, and as the issuer's client
   */
  async apply(issuer: string, form: ApplicationForm): Promise<ApplicationStatus> {
    const kind = form.kind === 'business' ? HolderKind.Business : HolderKind.Person;
    const place: Place = { issuer, purpose: kind };
    const now = this.#options.now();
    const commitment = await this.#records.commitment(place);
    const application: Application = parseApplication({ ...form, commitment }, dateNumber(now / 1000));
    const { ticket, status } = await applyForCredential(issuer, application, this.#fetch);
    const { birth, country } = application;
    return this.#take(place, { ticket, birth, country, kind, appliedAt: now, status });
  }

  /** Asks the issuer how an application stands. @throws as `readApplication`; one it does not know is forgotten */
  async refresh(application: PendingApplication): Promise<ApplicationStatus> {
    const { place, ...kept } = application;
    try {
      return await this.#take(place, { ...kept, status: await readApplication(this.#call(application)) });
    } catch (error) {
      if (toHskError(error).code === 'ISSUER_NO_SUCH_APPLICATION')
        await this.#records.remove('application', place);
      throw error;
    }
  }

  /** @throws `DOCUMENT_*`, and as `uploadDocument` */
  async upload(
    application: PendingApplication,
    kind: DocumentKind,
    file: Blob,
    progress?: (fraction: number) => void,
  ): Promise<ApplicationStatus> {
    const { place, ...kept } = application;
    const document = await checkDocument(file);
    const status = await uploadDocument(this.#call(application), kind, document, progress);
    return this.#take(place, { ...kept, status });
  }

  /** The issuer deletes what it has, and so does this browser. @throws as `withdrawApplication` */
  async withdraw(application: PendingApplication): Promise<void> {
    try {
      await withdrawApplication(this.#call(application));
    } catch (error) {
      if (toHskError(error).code !== 'ISSUER_NO_SUCH_APPLICATION') throw error;
    }
    await this.#records.remove('application', application.place);
  }

  /**
   * Looks again, more and more rarely, until the application has left the review.
   *
   * @param problem is told why the issuer could not be asked, and when it could again
   */
  async decided(
    application: PendingApplication,
    signal: AbortSignal,
    problem: (error: HskError | undefined) => void = () => undefined,
  ): Promise<ApplicationStatus | undefined> {
    for (let wait = FIRST_LOOK; !signal.aborted; wait = Math.min(wait * 1.5, LAST_LOOK)) {
      try {
        const status = await this.refresh(application);
        if (status.state !== 'review') return status;
        problem(undefined);
      } catch (error) {
        const told = toHskError(error);
        if (told.code !== 'ISSUER_UNREACHABLE') throw error;
        problem(told);
      }
      await pause(wait, signal);
    }
    return undefined;
  }

  /** Tries again to leave copies that did not reach the issuer when their credential was issued. */
  async backUp(): Promise<void> {
    for (const place of this.#records.places()) {
      const kept = await this.#records.application(place);
      if (kept?.status.state === 'issued') await this.#backUp(place, kept, kept.status.credential);
    }
  }

  async #take(place: Place, application: KeptApplication): Promise<ApplicationStatus> {
    const { status } = application;
    if (status.state === 'issued') {
      const { birth, country, kind } = application;
      const commitment = await this.#records.commitment(place);
      requireCredentialOf({ commitment, birth, country, kind }, status.credential);
      const credential = { ...status.credential, issuer: place.issuer };
      // First the credential, then that it was issued: a page that is closed in between asks again.
      await this.#records.putCredential(place, { credential });
      await this.#records.putApplication(place, { ...application, status: { ...status, credential } });
      await Promise.all([
        this.#options.issued(place, credential).catch(() => undefined),
        this.#backUp(place, application, credential),
      ]);
    } else await this.#records.putApplication(place, application);
    return status;
  }

  /** The application is kept, for its ticket, until the issuer has the copy or will not take it. */
  async #backUp(place: Place, { ticket }: KeptApplication, credential: Credential): Promise<void> {
    try {
      const sealed = await this.#records.putCredential(place, { credential });
      await putBackup(
        { issuer: place.issuer, ticket, fetcher: this.#fetch },
        await this.#records.locator(place),
        sealed,
      );
    } catch (error) {
      if (toHskError(error).code === 'ISSUER_UNREACHABLE') return;
    }
    await this.#records.remove('application', place);
  }

  #call({ place, ticket }: PendingApplication): IssuerCall {
    return { issuer: place.issuer, ticket, fetcher: this.#fetch };
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, milliseconds);
    signal.addEventListener('abort', over);
  });
}
