import { css } from 'lit';

/**
 * Buttons (`primary`, `secondary`, `quiet`, `danger`, `icon`), fields and their words.
 *
 *     <div class="field"><label for="x">…</label><input id="x" aria-describedby="x-hint x-error">
 *       <p class="hint" id="x-hint">…</p><p class="field-error" id="x-error">…</p></div>
 */
export const controlStyles = css`
  button,
  .button {
    appearance: none;
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-height: 44px;
    margin: 0;
    padding: 8px 16px;
    border: var(--_border) solid transparent;
    border-radius: var(--_radius-control);
    background: none;
    color: inherit;
    font: inherit;
    font-size: 16px;
    font-weight: 600;
    line-height: 1.25;
    text-align: center;
    text-decoration: none;
    cursor: pointer;
    transition:
      background-color var(--_ease),
      border-color var(--_ease),
      opacity var(--_ease);
  }
  button.primary,
  .button.primary {
    background: var(--_accent);
    border-color: var(--_accent);
    color: var(--_on-accent);
  }
  button.primary:hover:not(:disabled) {
    background: color-mix(in srgb, var(--_accent) 90%, var(--_text));
  }
  button.secondary,
  .button.secondary {
    background: var(--_surface);
    border-color: var(--_edge);
  }
  button.secondary:hover:not(:disabled),
  button.quiet:hover:not(:disabled),
  button.icon:hover:not(:disabled) {
    background: var(--_raised);
  }
  button.quiet {
    color: var(--_accent);
    padding-inline: 8px;
  }
  button.danger {
    border-color: var(--_negative);
    color: var(--_negative);
    background: var(--_surface);
  }
  button.icon {
    width: 44px;
    padding: 0;
    color: var(--_muted);
    flex: none;
  }
  button.wide {
    width: 100%;
  }
  button:disabled {
    cursor: not-allowed;
    opacity: 0.55;
  }
  button svg {
    width: 20px;
    height: 20px;
    flex: none;
  }
  a {
    color: var(--_accent);
    text-underline-offset: 0.15em;
  }
  :focus {
    outline: none;
  }
  :focus-visible {
    outline: 2px solid var(--_focus);
    outline-offset: 2px;
  }

  .field {
    display: grid;
    align-content: start;
    gap: 4px;
    min-width: 0;
  }
  .field > label,
  fieldset.field > legend {
    font-size: 14px;
    font-weight: 600;
    padding: 0;
  }
  fieldset.field {
    border: 0;
    margin: 0;
    padding: 0;
  }
  input:not([type='checkbox'], [type='radio']),
  select,
  textarea {
    appearance: none;
    width: 100%;
    min-width: 0;
    min-height: 44px;
    margin: 0;
    padding: 8px 12px;
    border: var(--_border) solid var(--_edge);
    border-radius: var(--_radius-control);
    background: var(--_surface);
    color: var(--_text);
    font: inherit;
    font-size: 16px;
    transition: border-color var(--_ease);
  }
  select {
    padding-inline-end: 36px;
    background-image:
      linear-gradient(45deg, transparent 50%, var(--_muted) 50%),
      linear-gradient(135deg, var(--_muted) 50%, transparent 50%);
    background-position:
      right 18px center,
      right 13px center;
    background-size: 5px 5px;
    background-repeat: no-repeat;
  }
  input:focus-visible,
  select:focus-visible,
  textarea:focus-visible {
    outline-offset: -1px;
    border-color: var(--_focus);
  }
  input[aria-invalid='true'],
  select[aria-invalid='true'],
  textarea[aria-invalid='true'] {
    border-color: var(--_negative);
    box-shadow: inset 0 0 0 1px var(--_negative);
  }
  ::placeholder {
    color: var(--_muted);
    opacity: 1;
  }
  .hint {
    margin: 0;
    font-size: 14px;
    color: var(--_muted);
  }
  .field-error {
    margin: 0;
    font-size: 14px;
    color: var(--_negative);
  }
  .field-error::before {
    content: '⚠\\FE0E  ' / '';
  }
  .field > label.choice {
    font-weight: 400;
    font-size: 16px;
  }
  label.choice {
    display: grid;
    grid-template-columns: 20px 1fr;
    gap: 12px;
    align-items: start;
    min-height: 44px;
    padding-block: 10px;
    cursor: pointer;
  }
  input[type='checkbox'],
  input[type='radio'] {
    width: 20px;
    height: 20px;
    margin: 2px 0 0;
    accent-color: var(--_accent);
  }
  form {
    display: grid;
    gap: 16px;
  }
  .pair {
    display: grid;
    gap: 16px;
  }
  @container (min-width: 480px) {
    .pair {
      grid-template-columns: 1fr 1fr;
    }
  }
  .choices {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: 8px;
  }
  .segment {
    position: relative;
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-height: 44px;
    padding: 8px 12px;
    border: var(--_border) solid var(--_edge);
    border-radius: var(--_radius-control);
    text-align: center;
    cursor: pointer;
  }
  .segment:has(:checked) {
    border-color: var(--_accent);
    box-shadow: inset 0 0 0 1px var(--_accent);
    font-weight: 600;
  }
  .segment:has(:focus-visible) {
    outline: 2px solid var(--_focus);
    outline-offset: 2px;
  }
  .segment input {
    margin: 0;
  }
  label.choice > span {
    display: grid;
  }
  /* One large amount, with what belongs beside it. */
  .entry {
    display: grid;
    gap: 8px;
  }
  .entry input.big {
    min-height: 56px;
    font-size: 20px;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
    text-align: end;
  }
`;
