import { define } from '../shared/define.ts';
import { HskAgent } from './hsk-agent.ts';

define('hsk-agent', HskAgent);
