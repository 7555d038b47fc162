import { define } from '../shared/define.ts';
import { HskWallet } from './hsk-wallet.ts';

define('hsk-wallet', HskWallet);
