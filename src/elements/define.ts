/** Registers every element. To load each when its tag first appears, use the one-tag script instead. */
import './hsk-agent/define.ts';
import './hsk-purchase/define.ts';
import './hsk-trust/define.ts';
import './hsk-wallet/define.ts';
