import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { HskError, serializeError, type SerializedError } from '../../protocol/errors.ts';
import { ElementErrorEvent, SessionReadyEvent } from './events.ts';
import { openSession, type Session, StatusEvent } from './session.ts';

/** What an element offers so that its session can be opened. */
export interface SessionHost extends ReactiveControllerHost, HTMLElement {
  /** URL of the chain profile. */
  profile: string;
  /** Its pin, `sha256-…`; optional. */
  profileIntegrity: string;
  /** Set by an element around this one, or by a host that brings its own; goes before `profile`. */
  session?: Session | undefined;
}

/**
 * Opens the element's session, renders it again when the chains move, and tells when it is ready.
 *
 *     readonly #session = new SessionController(this, (session) => this.#begin(session));
 *     // this.#session.current, this.#session.error, this.#session.retry()
 */
export class SessionController implements ReactiveController {
  current: Session | undefined;
  error: SerializedError | undefined;
  #asked = '';
  #connected = false;

  constructor(
    private readonly host: SessionHost,
    private readonly onReady?: (session: Session) => void,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#connected = true;
    this.current?.addEventListener(StatusEvent.type, this.#moved);
  }

  hostDisconnected(): void {
    this.#connected = false;
    this.current?.removeEventListener(StatusEvent.type, this.#moved);
  }

  hostUpdate(): void {
    const { session, profile, profileIntegrity } = this.host;
    if (session) {
      if (session !== this.current) this.#adopt(session);
      return;
    }
    const asked = `${profileIntegrity} ${profile}`;
    if (asked === this.#asked || typeof document === 'undefined') return;
    this.#asked = asked;
    void this.#open(asked, profile, profileIntegrity);
  }

  retry(): void {
    this.error = undefined;
    this.#asked = '';
    this.host.requestUpdate();
  }

  async #open(asked: string, profile: string, integrity: string): Promise<void> {
    try {
      if (!profile) throw new HskError('PROFILE_MISSING', 'The element has no profile attribute');
      const session = await openSession(profile, integrity ? { integrity } : {});
      if (asked === this.#asked) this.#adopt(session);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.error = serializeError(error);
      this.host.dispatchEvent(new ElementErrorEvent(this.error));
    }
    this.host.requestUpdate();
  }

  #adopt(session: Session): void {
    this.current?.removeEventListener(StatusEvent.type, this.#moved);
    this.current = session;
    this.error = undefined;
    if (this.#connected) session.addEventListener(StatusEvent.type, this.#moved);
    this.host.dispatchEvent(new SessionReadyEvent(session));
    this.onReady?.(session);
    this.host.requestUpdate();
  }

  readonly #moved = () => this.host.requestUpdate();
}
