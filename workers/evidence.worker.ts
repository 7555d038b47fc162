import { checkEvidence } from '../src/light-client/check-evidence.ts';
import { exposeApi } from './boundary.ts';

/** Verifies evidence documents away from the page: signatures and pairings take their time. */
exposeApi({ check: checkEvidence });
