import { assert } from 'chai';
import { render } from 'lit';
import pins from '../../circuits/artifacts/pins.json' with { type: 'json' };
import { purchaseMessages } from '../../src/elements/hsk-purchase/hsk-purchase.messages.ts';
import type { StepView } from '../../src/elements/hsk-purchase/view.ts';
import { renderEligible } from '../../src/elements/hsk-purchase/views/eligibility.ts';
import { product, profile } from '../market/fixture.ts';

/** What a person reads before proving, under a profile that pins these artefacts. */
function shown(language: 'en' | 'zh-Hant', development: boolean): string {
  const view = {
    t: purchaseMessages[language],
    language,
    product,
    session: { profile: { ...profile, circuit: { ...pins, development } } },
    state: { step: 'eligible', reasons: [] },
  } as unknown as StepView<'eligible'>;
  const box = document.createElement('div');
  render(
    renderEligible(view, {
      disclosable: undefined,
      disclosing: false,
      disclose: () => undefined,
      prove: () => undefined,
    }),
    box,
  );
  return box.textContent ?? '';
}

describe('a key of the development ceremony', () => {
  it('is said to be one where somebody is about to rely on it, in both languages', () => {
    assert.isTrue(pins.development);
    assert.include(shown('en', pins.development), 'development ceremony');
    assert.include(shown('zh-Hant', pins.development), '開發用的設定儀式');
  });

  it('is not said of a key for production', () => {
    assert.notInclude(shown('en', false), 'development');
    assert.notInclude(shown('zh-Hant', false), '開發');
  });
});
