import { html, type TemplateResult } from 'lit';
import type { SheetContent } from '../../elements/shared/sheet.ts';
import type { Order } from '../decision-form.ts';
import { termsOf, type View } from '../view.ts';

/** Once more in full, before what cannot be undone. */
export function confirmOf(
  view: View,
  order: Exclude<Order, { act: 'ask' }>,
  name: string,
  actions: { confirm(): void; cancel(): void },
): SheetContent {
  const { t, language } = view;
  const words = {
    approve: () => [
      t.confirmApprove,
      t.confirmApproveText(name, order.act === 'approve' ? String(order.order.tier) : ''),
      t.confirmApproveButton,
    ],
    refuse: () => [
      t.confirmRefuse,
      t.confirmRefuseText(name, order.act === 'refuse' ? termsOf(view).refusals[order.order.reason] : ''),
      t.confirmRefuseButton,
    ],
    revoke: () => [t.confirmRevoke, t.confirmRevokeText(name), t.confirmRevokeButton],
  }[order.act]() as [string, string, string];
  const content: TemplateResult = html`<p>${words[1]}</p>
    <div class="actions">
      <button type="button" class=${order.act === 'approve' ? 'primary' : 'danger'} @click=${actions.confirm}>
        ${words[2]}
      </button>
      <button type="button" class="quiet" @click=${actions.cancel}>${t.cancel}</button>
    </div>`;
  return { title: words[0], content, language };
}
