/**
 * What a purchase needs besides its card: the machine with the market and the identity behind it, and the
 * views of its steps. Arrives beside the session.
 */
export { findProduct, fetchTerms } from '../../market/products.ts';
export { Purchase } from '../../market/purchase.ts';
export { keccak256 } from 'viem';
export { LineChart } from '../shared/line-chart.ts';
export { connectRooms } from './connect-rooms.ts';
export { AmountForm } from './views/amount.ts';
export { DocumentsStep } from './views/documents.ts';
export { renderAdmitting, renderEligible, renderIneligible, renderProving } from './views/eligibility.ts';
export { renderHead, renderSteps } from './views/head.ts';
export { renderHolding } from './views/holding.ts';
export { IdentityForm } from './views/identity-form.ts';
export { renderReview } from './views/review.ts';
export { renderExpired, renderInReview, renderRefused, renderRemoved } from './views/standing.ts';
export { Withdrawal } from './views/withdrawal.ts';
export { renderFailed, renderSettled, renderSettling } from './views/settle.ts';
