import {
  html,
  nothing,
  type ReactiveController,
  type ReactiveControllerHost,
  type TemplateResult,
} from 'lit';
import {
  ApplicationError,
  type ApplicationForm,
  type FieldProblem,
  parseApplication,
} from '../../../protocol/issuance.ts';
import { dateNumber } from '../../../protocol/zkid.ts';
import { renderError } from '../../shared/error-box.ts';
import { renderProgress } from '../../shared/progress.ts';
import { countries } from '../../shared/countries.ts';
import type { PurchaseWords } from '../hsk-purchase.messages.ts';
import { applicationErrors } from '../application-errors.ts';
import { type ApplicationWords, applicationWords } from '../application.messages.ts';
import type { StepView } from '../view.ts';

type TextField = 'givenName' | 'familyName' | 'document' | 'company';
type Problems = Partial<Record<keyof ApplicationForm, string>>;

/** The issuer's form: every complaint beside its field, the first one focused, consent never preselected. */
export class IdentityForm implements ReactiveController {
  #asked = false;
  #text: Record<TextField, string> = { givenName: '', familyName: '', document: '', company: '' };
  #kind: ApplicationForm['kind'] = 'person';
  #birth = { day: '', month: '', year: '' };
  #country = 0;
  #professional = false;
  #consent = false;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly submit: (form: ApplicationForm) => void,
  ) {
    host.addController(this);
  }

  hostConnected(): void {}

  /** The form as it will be sent; parts of a date that are not digits make no date. */
  #form(): ApplicationForm {
    const { day, month, year } = this.#birth;
    const digits = /^\d{1,2}$/.test(day) && /^\d{1,2}$/.test(month) && /^\d{4}$/.test(year);
    const { company, ...text } = this.#text;
    return {
      ...text,
      ...(this.#kind === 'business' && { company }),
      birth: digits ? Number(year) * 10_000 + Number(month) * 100 + Number(day) : 0,
      country: this.#country,
      kind: this.#kind,
      professional: this.#professional,
      consent: this.#consent as true,
    };
  }

  /** The issuer's own rules, so that both sides of the wire say the same. */
  #problems(t: PurchaseWords): Problems {
    try {
      parseApplication({ ...this.#form(), commitment: '1' }, dateNumber(Date.now() / 1000));
      // A business without a name is none that anybody could look up.
      return this.#kind === 'business' && !this.#text.company.trim() ? { company: t.requiredField } : {};
    } catch (error) {
      return error instanceof ApplicationError ? words(error.fields, t) : {};
    }
  }

  render(view: StepView<'needs-credential'>): TemplateResult {
    const { t, language, state, product } = view;
    if (state.busy) return renderProgress(t.submittingKyc, { language });
    const problems = this.#asked ? this.#problems(t) : {};
    const w = applicationWords(language);
    const kinds = (['person', 'business'] as const).filter(
      (_, kind) => (product.policy.kindMask >> kind) & 1,
    );
    if (!kinds.includes(this.#kind) && kinds[0]) this.#kind = kinds[0];
    const business = this.#kind === 'business';
    return html`<form novalidate @submit=${(event: Event) => this.#send(event, view)}>
      <div class="stack tight">
        <h3 class="title" tabindex="-1" data-focus>${t.kycTitle}</h3>
        <p class="small muted">${t.kycIntro}</p>
      </div>
      ${kinds.length > 1 ? this.#kindField(w) : nothing}
      ${business ? this.#textField('company', w.company, problems, 'organization') : nothing}
      <div class="pair">
        ${this.#textField('givenName', business ? w.actingGivenName : t.givenName, problems, 'given-name')}
        ${this.#textField('familyName', business ? w.actingFamilyName : t.familyName, problems, 'family-name')}
      </div>
      <fieldset class="field" aria-describedby="birth-hint birth-error">
        <legend>${business ? w.actingBirth : t.birth}</legend>
        <div class="date">
          ${this.#datePart('day', t.day, 2, 'bday-day', problems.birth)}
          ${this.#datePart('month', t.month, 2, 'bday-month', problems.birth)}
          ${this.#datePart('year', t.year, 4, 'bday-year', problems.birth)}
        </div>
        <p class="hint" id="birth-hint">${t.birthHint}</p>
        ${complaint('birth', problems)}
      </fieldset>
      <div class="field">
        <label for="country">${business ? w.businessCountry : t.country}</label>
        <select
          id="country"
          autocomplete="country"
          aria-invalid=${problems.country ? 'true' : nothing}
          aria-describedby="country-error"
          @change=${(event: Event) => this.#set(() => (this.#country = Number((event.target as HTMLSelectElement).value)))}
        >
          <option value="0" ?selected=${this.#country === 0}>${t.choose}</option>
          ${countries(language).map(
            ({ code, name }) =>
              html`<option value=${code} ?selected=${this.#country === code}>${name}</option>`,
          )}
        </select>
        ${complaint('country', problems)}
      </div>
      ${this.#textField('document', business ? w.businessDocument : t.document, problems, 'off', t.documentHint)}
      <div>
        <label class="choice">
          <input
            type="checkbox"
            .checked=${this.#professional}
            @change=${(event: Event) => this.#set(() => (this.#professional = checked(event)))}
          />
          <span>${t.professional}<span class="hint">${t.professionalHint}</span></span>
        </label>
        <label class="choice">
          <input
            id="consent"
            type="checkbox"
            .checked=${this.#consent}
            aria-invalid=${problems.consent ? 'true' : nothing}
            aria-describedby="consent-error"
            @change=${(event: Event) => this.#set(() => (this.#consent = checked(event)))}
          />
          <span>${t.consent}<span class="hint">${t.consentHint}</span></span>
        </label>
        ${complaint('consent', problems)}
      </div>
      ${business || this.#professional ? html`<p class="small muted" role="status">${w.byHand}</p>` : nothing}
      ${renderError(state.error, language, { catalogue: applicationErrors(t, language) })}
      <div class="actions"><button type="submit" class="primary wide">${t.submitKyc}</button></div>
    </form>`;
  }

  #kindField(w: ApplicationWords): TemplateResult {
    const choice = (kind: ApplicationForm['kind']) =>
      html`<label class="segment"
        ><input
          type="radio"
          name="kind"
          value=${kind}
          .checked=${this.#kind === kind}
          @change=${() => this.#set(() => (this.#kind = kind))}
        />${w[kind]}</label
      >`;
    return html`<fieldset class="field">
      <legend>${w.kind}</legend>
      <div class="choices">${choice('person')}${choice('business')}</div>
    </fieldset>`;
  }

  #textField(
    name: TextField,
    label: string,
    problems: Problems,
    autocomplete: string,
    hint?: string,
  ): TemplateResult {
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input
        id=${name}
        autocomplete=${autocomplete as 'off'}
        maxlength="100"
        .value=${this.#text[name]}
        aria-invalid=${problems[name] ? 'true' : nothing}
        aria-describedby="${name}-hint ${name}-error"
        @input=${(event: Event) => this.#set(() => (this.#text[name] = (event.target as HTMLInputElement).value))}
      />
      ${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : nothing} ${complaint(name, problems)}
    </div>`;
  }

  #datePart(
    part: 'day' | 'month' | 'year',
    label: string,
    length: number,
    autocomplete: string,
    problem: string | undefined,
  ): TemplateResult {
    return html`<label
      >${label}<input
        inputmode="numeric"
        maxlength=${length}
        autocomplete=${autocomplete as 'bday-day'}
        .value=${this.#birth[part]}
        aria-invalid=${problem ? 'true' : nothing}
        @input=${(event: Event) =>
          this.#set(() => (this.#birth[part] = (event.target as HTMLInputElement).value.trim()))}
    /></label>`;
  }

  #set(change: () => void): void {
    change();
    this.host.requestUpdate();
  }

  async #send(event: Event, { t }: StepView<'needs-credential'>): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    this.#asked = true;
    if (Object.keys(this.#problems(t)).length === 0) {
      this.submit(this.#form());
      return;
    }
    this.host.requestUpdate();
    await this.host.updateComplete;
    form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }
}

function words(fields: Partial<Record<string, FieldProblem>>, t: PurchaseWords): Problems {
  const said: Record<FieldProblem, string> = {
    missing: t.requiredField,
    invalid: t.invalidField,
    'in-the-future': t.invalidDate,
    'too-long': t.tooLongField,
    'unknown-country': t.requiredField,
  };
  return {
    ...Object.fromEntries(Object.entries(fields).map(([field, problem]) => [field, said[problem!]])),
    ...(fields.birth && { birth: t.invalidDate }),
    ...(fields.consent && { consent: t.consentMissing }),
  };
}

function checked(event: Event): boolean {
  return (event.target as HTMLInputElement).checked;
}

function complaint(name: keyof ApplicationForm, problems: Problems): TemplateResult {
  return html`<p class="field-error" id="${name}-error" ?hidden=${!problems[name]} aria-live="polite">
    ${problems[name]}
  </p>`;
}
