import { html, type TemplateResult } from 'lit';
import type { View } from '../view.ts';

export function renderSignIn({ t }: View, invalid: boolean, send: (key: string) => void): TemplateResult {
  return html`<section class="card narrow">
    <h2 tabindex="-1">${t.signInTitle}</h2>
    <p class="muted">${t.signInHint}</p>
    <form
      novalidate
      @submit=${(event: Event) => {
        event.preventDefault();
        send(String(new FormData(event.target as HTMLFormElement).get('key')));
      }}
    >
      <div class="field">
        <label for="key">${t.key}</label>
        <input
          id="key"
          name="key"
          type="password"
          autocomplete="off"
          aria-invalid=${invalid ? 'true' : 'false'}
          aria-describedby="key-error"
        />
        <p class="field-error" id="key-error" ?hidden=${!invalid} aria-live="polite">${t.keyInvalid}</p>
      </div>
      <div class="actions"><button type="submit" class="primary">${t.signIn}</button></div>
    </form>
  </section>`;
}
