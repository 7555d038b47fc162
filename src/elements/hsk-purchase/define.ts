import { define } from '../shared/define.ts';
import { HskPurchase } from './hsk-purchase.ts';

define('hsk-purchase', HskPurchase);
