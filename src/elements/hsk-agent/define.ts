import { define } from '../shared/define.ts';
import { HskAgent } from './hsk-agent.ts';

define('hsk-agent', HskAgent);
// A wallet stands in the agent's card while there is none open; the card paints without waiting for its code.
void import('../hsk-wallet/define.ts');
