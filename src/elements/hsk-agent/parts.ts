/** What the element needs once a wallet is open; loaded apart from its first paint. */
export { LineChart } from '../shared/line-chart.ts';
export { agentErrors } from './agent-errors.ts';
export { budgetMessages } from './budget.messages.ts';
export { Budgets } from './budgets.ts';
export { Research } from './research.ts';
export { renderOthers } from './views/others.ts';
export { PAGE } from './views/payments.ts';
export { renderOpening, renderReview } from './views/review-budget.ts';
export { BudgetForm } from './views/set-budget.ts';
export { renderShown, summarise } from './views/shown-budget.ts';
export { connectVoucher } from './connect-voucher.ts';
export { renderStopSheet } from './views/stop-sheet.ts';
