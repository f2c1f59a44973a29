import type { Wording } from '../../platform/log-text.js';
import { transitionWording } from './transition-wording.js';

/** Messages about one finding in the configuration, which is in the field `finding`. */
export const CONFIGURATION_PROBLEM = 'Configuration problem';
export const CONFIGURATION_WARNING = 'Configuration warning';

/** Words for the text form of the log; messages without their own keep the general form. */
export const controlWording: Wording = (message, fields) =>
  message === CONFIGURATION_PROBLEM || message === CONFIGURATION_WARNING
    ? { text: `${message}: ${String(fields['finding'])}`, told: ['finding'] }
    : transitionWording(message, fields);
