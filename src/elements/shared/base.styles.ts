import { controlStyles } from './controls.styles.ts';
import { progressStyles } from './progress.styles.ts';
import { surfaceStyles } from './surfaces.styles.ts';
import { themeStyles } from './theme.styles.ts';
import { addressStyles } from './address.styles.ts';
import { rungStyles } from './rung.styles.ts';

/** What every element of the house wears, in order; its own sheet comes after. */
export const baseStyles = [
  themeStyles,
  controlStyles,
  surfaceStyles,
  progressStyles,
  addressStyles,
  rungStyles,
];
