import { define } from '../elements/shared/define.ts';
import { HskIssuerDesk } from './hsk-issuer-desk.ts';

define('hsk-issuer-desk', HskIssuerDesk);
