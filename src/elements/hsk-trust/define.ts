import { define } from '../shared/define.ts';
import { HskTrust } from './hsk-trust.ts';

define('hsk-trust', HskTrust);
